"""One file of the spool: a head that says how far it is written, then frames.

The head is written after the frame: what a killed writer leaves half-written lies behind the end that the head names,
and the next writer cuts it off. Writers hold the folder's lock; making it durable (`sync`) needs none, and one fdatasync
serves all threads that wait for it.
"""

from __future__ import annotations

import os
import struct
import threading
from dataclasses import dataclass
from pathlib import Path

_HEAD = struct.Struct("<8sQQQ")
_MAGIC = b"ATTSPL1\n"
HEAD_BYTES = _HEAD.size


@dataclass(frozen=True, slots=True)
class Head:
    """`end` of the last frame, how many `events` were ever written, when the first was received (unix microseconds)."""

    end: int
    events: int
    first: int


class Segment:
    def __init__(self, path: Path, number: int, *, create: bool = False) -> None:
        """Open the file for reading and writing; with `create` make it, empty and durable."""
        self.path = path
        self.number = number
        self._fd = os.open(path, os.O_RDWR | (os.O_CREAT | os.O_EXCL if create else 0), 0o600)
        self._turn = threading.Condition()
        self._written = self._synced = 0
        self._syncing = False
        if create:
            self._write_head(Head(HEAD_BYTES, 0, 0))
            os.fsync(self._fd)
            sync_folder(path.parent)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __del__(self) -> None:
        self.close()

    def same_file(self) -> bool:
        """Whether the file at the path is still this one."""
        try:
            return os.stat(self.path).st_ino == os.fstat(self._fd).st_ino
        except FileNotFoundError:
            return False

    def head(self) -> Head:
        return read_head(self._fd)

    def append(self, frame: bytes, events: int, at: int) -> int:
        """Write a frame; the offset behind it. Only with the folder's lock held. OSError: nothing was written."""
        head = self.head()
        if os.fstat(self._fd).st_size > head.end:
            os.ftruncate(self._fd, head.end)
        _write_all(self._fd, frame, head.end)
        end = head.end + len(frame)
        self._write_head(Head(end, head.events + events, head.first or at))
        with self._turn:
            self._written = max(self._written, end)
        return end

    def sync(self, upto: int) -> None:
        """Return when everything before offset `upto` is on disk. Raises OSError when that fails."""
        with self._turn:
            while self._synced < upto:
                if self._syncing:
                    self._turn.wait()
                    continue
                self._syncing, target = True, self._written
                self._turn.release()
                try:
                    os.fdatasync(self._fd)
                finally:
                    self._turn.acquire()
                    self._syncing = False
                    self._turn.notify_all()
                self._synced = max(self._synced, target)

    def read(self, offset: int, size: int) -> bytes:
        return os.pread(self._fd, size, offset)

    def _write_head(self, head: Head) -> None:
        _write_all(self._fd, _HEAD.pack(_MAGIC, head.end, head.events, head.first), 0)


def read_head(fd: int) -> Head:
    """The head of an open segment; raises OSError when the file is none."""
    content = os.pread(fd, HEAD_BYTES, 0)
    if len(content) < HEAD_BYTES or content[: len(_MAGIC)] != _MAGIC:
        raise OSError("not a segment of the spool")
    _, end, events, first = _HEAD.unpack(content)
    return Head(end, events, first)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, content: bytes, offset: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written
