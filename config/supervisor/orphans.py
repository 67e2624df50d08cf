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


def end_previous_run(state: dict[str, Any]) -> int:
    """End what lives of the children that a killed supervisor's state names; returns how many there were.

    On Linux they have had their signal when it died and are about to go; elsewhere nobody told them.
    """
    found = [
        (process, child) for child in state.get("children", {}).values() if (process := _same_process(child))
    ]
    for process, child in found:
        _signal(process, signal.Signals(child["stop_signal"]))
    for process, child in found:
        psutil.wait_procs([process], timeout=child["stop_seconds"])
        signal_group(process.pid, signal.SIGKILL)
    psutil.wait_procs([process for process, _ in found], timeout=5)
    return len(found)


def _same_process(child: dict[str, Any]) -> psutil.Process | None:
    """The process that the state means, unless it is gone and its number is somebody else's."""
    if not child.get("pid") or not child.get("created"):
        return None
    try:
        process = psutil.Process(child["pid"])
        return process if abs(process.create_time() - child["created"]) < 1 else None
    except psutil.NoSuchProcess:
        return None


def _signal(process: psutil.Process, signum: signal.Signals) -> None:
    try:
        process.send_signal(signum)
    except psutil.NoSuchProcess:
        return
