"""What the terminal shows: our own lines, and of the children's logs only what needs a human."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from pathlib import Path

_ALARMING = re.compile(
    b"|".join(
        (
            rb"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b",  # Django, Celery, granian, PostgreSQL
            rb'"level": ?"(warning|error|critical)"|\[(warning|error|critical) *\]',  # structlog
            rb"^[A-Za-z_.]+(Error|Exception|Exit): ",  # the line of a traceback that says what happened
            rb"^\d+:M .{20,30} # ",  # Valkey's mark for a warning
        )
    )
)
_HARMLESS = re.compile(
    b"|".join(
        (
            rb"the database system is|terminating connection due to administrator command",
            rb"[Mm]emory overcommit|Transparent Huge",
            rb"running the worker with superuser|logfile -> ",
        )
    )
)
_LINES_PER_BURST = 5
_BURST_SECONDS = 10.0
_ROTATE_AT_BYTES = 64 * 2**20


def say(text: str, *, name: str = "attune") -> None:
    try:
        print(f"{name:<8} | {text}", flush=True)
    except OSError:  # whoever watched has closed the pipe or the terminal; the children still need us
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def last_lines(log: Path, count: int = 8) -> str:
    """The end of a log, for a message about its child."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(f"    {line[:300]}" for line in lines[-count:])


class LogTail:
    """Follows one child's log, which the child writes itself, so that neither waits for the other."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        self._offset = path.stat().st_size if path.exists() else 0
        self._burst_started, self._shown = 0.0, 0

    def show_new(self) -> None:
        """Print the alarming lines written since the last call; keep the file from filling the disk."""
        if not self.path.exists():
            return
        size = self.path.stat().st_size
        if size < self._offset:
            self._offset = 0
        if size == self._offset:
            return
        with self.path.open("rb") as file:
            file.seek(max(self._offset, size - 2**20))
            text = file.read(size - file.tell())
        whole, newline, _ = text.rpartition(b"\n")
        self._offset = size - (len(text) - len(whole) - len(newline))
        for line in whole.split(b"\n"):
            if _ALARMING.search(line) and not _HARMLESS.search(line):
                self._show(line.decode(errors="replace"))
        if size > _ROTATE_AT_BYTES:
            self._start_afresh()

    def skip(self) -> None:
        """Say nothing of what was written so far."""
        self._offset = self.path.stat().st_size if self.path.exists() else 0

    def _show(self, line: str) -> None:
        now = time.monotonic()
        if now - self._burst_started > _BURST_SECONDS:
            self._burst_started, self._shown = now, 0
        self._shown += 1
        if self._shown <= _LINES_PER_BURST:
            say(line[:400], name=self.name)
        elif self._shown == _LINES_PER_BURST + 1:
            say(f"… more in {self.path}", name=self.name)

    def _start_afresh(self) -> None:
        # The child appends (O_APPEND), so it goes on at the new end: no gap, no signal needed.
        shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
        with self.path.open("r+b") as file:
            file.truncate(0)
        self._offset = 0
