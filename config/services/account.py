"""The account PostgreSQL runs as when we are root: it refuses to be root itself."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_NAME = "attune-postgres"


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int


def service_account() -> Account | None:
    """None when we are an ordinary user. As root: a system account, made on first use; else `nobody`."""
    if os.geteuid() != 0:
        return None
    entry = _entry(ACCOUNT_NAME) or _create() or _entry("nobody")
    if entry is None:
        raise RuntimeError("no account to run PostgreSQL as: it refuses to run as root")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    subprocess.run(
        [
            useradd,
            "--system",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/bin/false",
            ACCOUNT_NAME,
        ],
        capture_output=True,
        check=False,  # two runs may race, and a read-only /etc is possible: what counts is the entry
    )
    return _entry(ACCOUNT_NAME)


def let_through(path: Path) -> None:
    """Let others walk through (not list) the folders above `path`, so that the account reaches it."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            print(
                f"PostgreSQL cannot run as root: letting its account walk through {folder} (o+x)",
                file=sys.stderr,
            )
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
