"""A long command with one calm line on the terminal and its whole output in a log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# Where the output is no terminal, a sign of life this often.
_QUIET_SECONDS = 15


def run(
    title: str,
    command: Sequence[str],
    log: Path,
    environ: Mapping[str, str] | None = None,
    timeout: float = 1800,
) -> bool:
    """Run `command` with its output appended to `log`; True when it ended with 0 within `timeout` seconds."""
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with log.open("ab") as output:
        output.write(f"\n$ {' '.join(command)}\n".encode())
        output.flush()
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environ or {})},
            process_group=0,
        )
        try:
            done = _watch(title, process, began, timeout)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    word = "done" if done else "failed"
    _line(f"{title} … {word} ({time.monotonic() - began:.0f} s)", end="\n")
    return done


def _watch(title: str, process: subprocess.Popen[bytes], began: float, timeout: float) -> bool:
    shown = -float(_QUIET_SECONDS)
    while process.poll() is None:
        seconds = time.monotonic() - began
        if seconds > timeout:
            return False
        if sys.stdout.isatty():
            _line(f"{title} … {seconds:.0f} s", end="")
        elif seconds - shown >= _QUIET_SECONDS:
            shown = seconds
            _line(f"{title} …" + (f" {seconds:.0f} s" if seconds > 1 else ""), end="\n")
        time.sleep(0.2)
    return process.returncode == 0


def _line(text: str, end: str) -> None:
    again = "\r\033[K" if sys.stdout.isatty() else ""
    print(f"{again}{text}", end=end, flush=True)


def last_lines(log: Path, count: int = 12) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"    {line}" for line in lines[-count:])
