"""Where a Unix socket fits: the kernel takes about a hundred bytes of path, a project can lie deeper."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

# sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included.
LONGEST_SOCKET_PATH = 103


def socket_folder(folder: Path, socket_name: str) -> Path:
    """`folder`/run, or when `socket_name` would not fit there a folder in /tmp named after it and the user.

    Depends on its arguments alone, so every process computes the same address without asking a server.
    """
    beside = folder.resolve() / "run"
    if len(os.fsencode(beside / socket_name)) <= LONGEST_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    return Path("/tmp") / f"attune-{os.geteuid()}-{digest}"  # noqa: S108


def make_private(folder: Path, uid: int | None = None, gid: int | None = None) -> None:
    """Create `folder` for its owner alone: who can open the socket in it is let in without a password.

    Raises PermissionError when somebody else made it first.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = folder.stat().st_uid
    if folder.is_symlink() or owner not in {os.geteuid(), uid}:
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)
    if uid is not None and gid is not None and owner != uid:
        os.chown(folder, uid, gid)
