"""What the machine must have before anything is installed: each miss is one sentence."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sysconfig
from pathlib import Path

# .venv takes 1.5 GB, the build and the download cache of uv the rest.
NEEDED_BYTES = 4 * 10**9


class Missing(Exception):
    """The message is one sentence for the terminal."""


def check_machine(project: Path) -> None:
    check_venv_module()
    check_compiler()
    check_disk(project)


def check_venv_module() -> None:
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        raise Missing(
            "This Python cannot make virtual environments: install its venv module (apt: python3-venv)."
        )


def check_compiler() -> None:
    """One dependency is compiled while it is installed."""
    named = shlex.split(os.environ.get("CC", ""))[:1]
    if not any(shutil.which(name) for name in (*named, "cc", "gcc", "clang")):
        raise Missing(
            "No C compiler found: install gcc or clang (apt: build-essential, macOS: xcode-select --install)."
        )
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        raise Missing("This Python's header files are missing: install them (apt: python3-dev).")


def check_disk(folder: Path, needed: int = NEEDED_BYTES) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Missing(
            f"Not enough disk: {folder} has {free / 1e9:.1f} GB free and the installation needs {needed / 1e9:.0f} GB."
        )
