"""Records that could not be drained: kept in files of their own, with the reason, until somebody tries again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

from .frames import Damage, Frame, pack, parse
from .segment import sync_folder

log = structlog.get_logger("attune.spool")

KEPT_DAYS = 28


def keep(spool: Path, frame: Frame, reason: str) -> None:
    """Set a record aside. `reason`: a word, nothing of what the events say."""
    _write(spool, frame.segment, frame.offset, pack(frame.tenant_id, frame.events, frame.sealed), reason)
    log.error("a spooled record was set aside", tenant_id=frame.tenant_id, events=frame.events, reason=reason)


def keep_damage(spool: Path, damage: Damage) -> None:
    _write(spool, damage.segment, damage.offset, damage.content, "damaged")
    log.error("the spool has damaged bytes", size=len(damage.content))


def folder_of(spool: Path) -> Path:
    return spool / "aside"


def records(spool: Path) -> Iterator[tuple[Path, Frame]]:
    """The files that hold a readable frame."""
    for path in sorted(folder_of(spool).glob("*.record")):
        for part in parse(0, path.read_bytes(), 0, complete=True):
            if isinstance(part, Frame):
                yield path, part


def forget_old(spool: Path, days: int = KEPT_DAYS) -> int:
    """Delete what was set aside longer ago than message ids count; how many files."""
    oldest = time.time() - days * 86400
    old = [path for path in folder_of(spool).glob("*.record") if path.stat().st_mtime < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _write(spool: Path, segment: int, offset: int, content: bytes, reason: str) -> None:
    folder = folder_of(spool)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{time.time_ns()}-{segment}-{offset}-{reason}.record"
    fd = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        os.write(fd, content)
        os.fsync(fd)
    finally:
        os.close(fd)
    sync_folder(folder)
