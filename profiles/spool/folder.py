"""The spool of a host: a folder of segment files that all its web processes append to, in one order.

`waiting` is a file that stands in the folder while anything waits: looking for it is all that a request pays while the
database is well. `position` says how far the drainer came. See docs/adr/0224.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .frames import Damage, Frame, parse
from .locks import FileLock
from .segment import HEAD_BYTES, Segment, read_head, sync_folder

SEGMENT_BYTES = 16 << 20
WINDOW_BYTES = 4 << 20
LOCK_SECONDS = 3.0


class Full(Exception):
    """The spool has reached its size limit; nothing was written."""


@dataclass(frozen=True, slots=True)
class Position:
    """Everything before `offset` of `segment` is in the database; `events` of that segment are."""

    segment: int = 0
    offset: int = HEAD_BYTES
    events: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits: `events`, `size` in bytes, `since` when the oldest segment was begun (unix seconds, 0 for nothing)."""

    events: int = 0
    size: int = 0
    since: float = 0.0


class Spool:
    def __init__(self, folder: Path, limit: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        self.limit = limit
        self._segment_bytes = segment_bytes
        self._marker = str(folder / "waiting")
        self._lock = FileLock(folder / "lock")
        self._leader = FileLock(folder / "leader")
        self._active: Segment | None = None
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)

    def waiting(self) -> bool:
        """Whether anything waits: then new events go behind it."""
        return os.path.exists(self._marker)

    def append(self, frame: bytes, events: int, at: int) -> None:
        """Return when the frame is on disk. Raises `Full`, locks.Busy, or OSError: then it doesn't count."""
        with self.locked():
            segment = self._writable()
            if self._size() + len(frame) > self.limit:
                raise Full(f"the spool holds {self.limit} bytes already")
            if not self.waiting():
                self._mark()
            end = segment.append(frame, events, at)
        segment.sync(end)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody appends meanwhile."""
        with self._lock.held(LOCK_SECONDS):
            yield

    @contextmanager
    def leading(self) -> Iterator[None]:
        """The one process that drains; raises locks.Busy when another one does."""
        with self._leader.held(0.0):
            yield

    def recover(self) -> bool:
        """After a start: whether something waits, also when the machine died before that was noted."""
        with self.locked():
            if self._numbers() and not self.waiting():
                self._mark()
            return self.waiting()

    def window(self, events: int) -> tuple[list[Frame | Damage], Position]:
        """The next frames, about so many events, and the position behind them. Only for the leader."""
        position = self.position()
        found: list[Frame | Damage] = []
        for number in self._numbers():
            if number < position.segment:
                continue
            if number > position.segment:
                position = Position(number)
            for part in self._parts(number, position.offset):
                count = part.events if isinstance(part, Frame) else 0
                found.append(part)
                position = Position(number, part.end, position.events + count)
                events -= count
                if events <= 0:
                    return found, position
        return found, position

    def peek(self) -> tuple[list[Frame | Damage], Position]:
        """Everything that waits, without draining it. A drainer may delete it meanwhile: then what is left."""
        try:
            return self.window(1 << 62)
        except FileNotFoundError:
            return self.window(1 << 62)

    def advance(self, position: Position) -> None:
        """Everything before `position` is in the database."""
        new = self.folder / "position.new"
        new.write_text(json.dumps([position.segment, position.offset, position.events]))
        new.replace(self.folder / "position")
        for number in self._numbers():
            if number < position.segment:
                self._path(number).unlink(missing_ok=True)

    def finish(self) -> None:
        """Everything is in the database: the folder is as new. Only for the leader, with the lock held."""
        for number in self._numbers():
            self._path(number).unlink(missing_ok=True)
        (self.folder / "position").unlink(missing_ok=True)
        Path(self._marker).unlink(missing_ok=True)
        sync_folder(self.folder)

    def position(self) -> Position:
        try:
            return Position(*json.loads((self.folder / "position").read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return Position()

    def look(self) -> Waiting:
        """What waits, without stopping anybody."""
        if not self.waiting():
            return Waiting()
        position = self.position()
        events = size = 0
        since = 0.0
        for number in self._numbers():
            if number < position.segment:
                continue
            try:
                fd = os.open(self._path(number), os.O_RDONLY)
            except FileNotFoundError:
                continue
            try:
                head = read_head(fd)
            finally:
                os.close(fd)
            here = number == position.segment
            events += head.events - (position.events if here else 0)
            size += head.end - (position.offset if here else HEAD_BYTES)
            since = since or head.first / 1e6
        return Waiting(max(events, 0), max(size, 0), since if events > 0 else 0.0)

    def clear(self) -> None:
        """Throw everything away (tests)."""
        self._active = None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)

    def _parts(self, number: int, offset: int) -> Iterator[Frame | Damage]:
        segment = Segment(self._path(number), number)
        try:
            end = segment.head().end
            while offset < end:
                content = segment.read(offset, min(WINDOW_BYTES, end - offset))
                before = offset
                for part in parse(number, content, offset, complete=offset + len(content) >= end):
                    yield part
                    offset = part.end
                if offset == before:
                    # A frame larger than the window, or damage to the end of it: look at all that is left.
                    content = segment.read(offset, end - offset)
                    yield from parse(number, content, offset, complete=True)
                    return
        finally:
            segment.close()

    def _writable(self) -> Segment:
        numbers = self._numbers()
        last = numbers[-1] if numbers else 0
        active = self._active
        if active is None or active.number != last or not active.same_file():
            active = Segment(self._path(last), last) if last else None
        if active is None or active.head().end >= self._segment_bytes:
            number = max(last, self.position().segment) + 1
            active = Segment(self._path(number), number, create=True)
        self._active = active
        return active

    def _mark(self) -> None:
        os.close(os.open(self._marker, os.O_CREAT | os.O_WRONLY, 0o600))
        sync_folder(self.folder)

    def _size(self) -> int:
        total = 0
        for number in self._numbers():
            try:
                total += os.stat(self._path(number)).st_size
            except FileNotFoundError:
                continue
        return total

    def _numbers(self) -> list[int]:
        return sorted(int(n[:-4]) for n in os.listdir(self.folder) if n.endswith(".seg") and n[:-4].isdigit())

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:016d}.seg"
