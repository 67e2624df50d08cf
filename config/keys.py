"""Secrets of a development machine: made on first use, readable by their owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def file_secret(path: Path) -> str:
    """The hexadecimal secret (32 random bytes) in `path`, created with mode 0600 when absent."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        # O_EXCL: of two processes that start together one writes, the other reads what it wrote.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_hex(32))
    return path.read_text().strip()
