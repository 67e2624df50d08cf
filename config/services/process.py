"""Starting a child that cannot outlive us, and ending what an earlier run left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from config.services.account import Account

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec nothing may be imported or allocated by the loader.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class ServiceError(RuntimeError):
    """Something the user can act on; the message is one sentence for the terminal."""


def start_process(
    command: Sequence[str],
    *,
    output: IO[bytes] | None,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, with output (both streams) to `output`, or ours if None.

    Linux sends it `death_signal` when we die, whatever the way. It does so when the *thread* that started it
    ends, so call this from the main thread.
    """
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        cwd=cwd,
        env=None if environment is None else dict(environment),
        process_group=0,
        preexec_fn=_die_with_parent(os.getpid(), death_signal),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def _die_with_parent(parent: int, death_signal: signal.Signals) -> Callable[[], None] | None:
    libc = _LIBC
    if libc is None:
        return None

    def arrange() -> None:
        # After the change of user, which would clear it.
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return arrange


def signal_group(pid: int, signum: signal.Signals) -> None:
    """Signal the process group led by `pid`; nothing happens when it is gone."""
    try:
        os.killpg(pid, signum)
    except (ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
        return


def end_leftovers(executable: Path, cwd: Path, polite: signal.Signals, seconds: float = 20) -> int:
    """End every process of `executable` that works in the folder `cwd`; returns how many there were.

    Finds what a pid file cannot: backends that outlived a killed postmaster and still hold its memory.
    """
    found = [process for process in psutil.process_iter() if _works_in(process, executable, cwd)]
    for process in found:
        _send(process, polite)
    _, alive = psutil.wait_procs(found, timeout=seconds if found else 0)
    for process in alive:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5)
    return len(found)


def _works_in(process: psutil.Process, executable: Path, cwd: Path) -> bool:
    try:
        if process.name() != executable.name or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return Path(process.cwd()) == cwd.resolve()
    except (psutil.Error, OSError):  # it has just gone, or belongs to somebody else
        return False


def _send(process: psutil.Process, signum: signal.Signals) -> None:
    try:
        process.send_signal(signum)
    except psutil.NoSuchProcess:
        return
