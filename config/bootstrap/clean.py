"""`make clean`: removes var/ and caches, unless Attune is running here."""

from __future__ import annotations

import fcntl
import shutil
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
_CACHES = (
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".import_linter_cache",
    "staticfiles",
)


def main() -> int:
    lock = PROJECT / "var" / "supervisor.lock"
    if lock.exists():
        with lock.open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pid = file.read().strip()
                print(
                    f"Attune is running here (process {pid}): stop it first, with Ctrl-C or kill {pid}",
                    file=sys.stderr,
                )
                return 1
    for name in ("var", *_CACHES):
        shutil.rmtree(PROJECT / name, ignore_errors=True)
    for folder in PROJECT.iterdir():
        if folder.is_dir() and not folder.name.startswith("."):
            for cache in folder.rglob("__pycache__"):
                shutil.rmtree(cache, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
