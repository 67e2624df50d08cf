"""Killing parts of a running Attune, as the kernel does when memory runs out."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import psutil

from ..ground.stack import Stack

Answer = TypeVar("Answer")


def victims(order: random.Random, names: Sequence[str], kills: int) -> Iterator[str]:
    """Each of `names` once, in random order, before anybody a second time."""
    for start in range(0, kills, len(names)):
        yield from order.sample(names, len(names))[: kills - start]


def kill(stack: Stack, victim: str) -> int:
    """SIGKILL to the whole tree of a child, as when the kernel runs out of memory; how many processes."""
    while True:
        try:
            processes = stack.tree(victim)
            break
        except (psutil.NoSuchProcess, KeyError):
            time.sleep(0.1)  # it has just been restarted
    killed = 0
    for process in processes:
        try:
            process.send_signal(signal.SIGKILL)
            killed += 1
        except psutil.NoSuchProcess:
            continue
    return killed


def patiently(ask: Callable[[], Answer]) -> Answer:
    """The answer, as soon as the database is there."""
    from django.db import DatabaseError, InterfaceError, connection

    deadline = time.monotonic() + 120
    while True:
        try:
            return ask()
        except (DatabaseError, InterfaceError):
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def say(text: str) -> None:
    print(f"chaos: {text}", flush=True)
