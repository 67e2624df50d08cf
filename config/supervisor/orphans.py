"""Processes whose parent is gone: those of a child that died, and those of a supervisor that was killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterable
from typing import Any

import psutil

from config.services.process import signal_group

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Linux: what our children leave behind becomes our child instead of init's, so that we can find it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans(known: Iterable[int]) -> int:
    """Kill and reap adopted processes outside the groups led by `known`; returns how many were alive."""
    groups, ended = set(known), 0
    for process in psutil.Process().children():
        if process.pid in groups:
            continue
        try:
            if process.status() != psutil.STATUS_ZOMBIE and os.getpgid(process.pid) not in groups:
                process.kill()
                ended += 1
            os.waitpid(process.pid, os.WNOHANG)
        except (psutil.NoSuchProcess, ProcessLookupError, ChildProcessError):
            continue
    return ended


def end_previous_run(state: dict[str, Any], seconds: float = 30) -> int:
    """End the children that a killed supervisor's state names, if they still are the same processes."""
    alive: dict[psutil.Process, signal.Signals] = {}
    for child in state.get("children", {}).values():
        if not child.get("pid"):
            continue
        try:
            process = psutil.Process(child["pid"])
            if child["created"] is not None and abs(process.create_time() - child["created"]) < 1:
                alive[process] = signal.Signals(child["stop_signal"])
        except psutil.NoSuchProcess:
            continue
    # By now they have had their death signal; on other systems than Linux nobody told them.
    for process, stop_signal in alive.items():
        _signal(process, stop_signal)
    psutil.wait_procs(list(alive), timeout=seconds if alive else 0)
    for process in alive:
        signal_group(process.pid, signal.SIGKILL)
    return len(alive)


def _signal(process: psutil.Process, signum: signal.Signals) -> None:
    try:
        process.send_signal(signum)
    except psutil.NoSuchProcess:
        return
