"""The language model in a process of its own, which ends when nobody has written for a while.

It takes 150 MB and seconds to load. Inside a web process it would stay for ever, in each of them; here it is there while
somebody writes, and the web process stays as small as its promise.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from .patterns import Redacted

# Loading the model takes 2 s on a quiet machine; a text is waited for by somebody who pressed a button.
DEADLINE_SECONDS = 30.0
ROOT = Path(__file__).resolve().parents[2]


class CannotRedact(Exception):
    """The model could not read a text: it must not be kept as it is."""


class Reader:
    """One process that reads one text at a time; started by the first text, and again after it ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def redact(self, text: str, language: str) -> Redacted:
        """Raises `CannotRedact` when it takes more than `DEADLINE_SECONDS`, or the process dies twice."""
        line = json.dumps({"text": text, "language": language}).encode() + b"\n"
        deadline = time.monotonic() + DEADLINE_SECONDS
        with self._lock:
            for _ in range(2):  # it may be ending of idleness just now
                answer = self._ask(line, deadline)
                if answer is not None:
                    break
                self.close()
        if answer is None or "error" in answer:
            raise CannotRedact(answer["error"] if answer else "it did not answer")
        return Redacted(answer["text"], answer["found"])

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _ask(self, line: bytes, deadline: float) -> dict[str, Any] | None:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "compliance.redaction"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,  # ends with its input, not by the Ctrl-C of somebody's terminal
            )
        to, answers = self._process.stdin, self._process.stdout
        if to is None or answers is None:  # never: both are pipes
            return None
        try:
            _write(to.fileno(), line, deadline)
            return _read(answers.fileno(), deadline)
        except OSError:  # a time-out is one as well
            return None


def _write(pipe: int, line: bytes, deadline: float) -> None:
    os.set_blocking(pipe, False)
    rest = memoryview(line)
    while rest:
        _wait(pipe, selectors.EVENT_WRITE, deadline)
        rest = rest[os.write(pipe, rest) :]


def _read(pipe: int, deadline: float) -> dict[str, Any] | None:
    """None when the process ended."""
    parts: list[bytes] = []
    while not (parts and parts[-1].endswith(b"\n")):
        _wait(pipe, selectors.EVENT_READ, deadline)
        parts.append(os.read(pipe, 1 << 16))
        if not parts[-1]:
            return None
    answer: dict[str, Any] = json.loads(b"".join(parts))
    return answer


def _wait(pipe: int, event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as ready:
        ready.register(pipe, event)
        if not ready.select(max(0.0, deadline - time.monotonic())):
            raise TimeoutError
