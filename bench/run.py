"""What a measurement gets to work with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import psutil

from .ground.environment import Site
from .ground.stack import Stack
from .load.wire import Target

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class MemorySample:
    """`web`: resident bytes of each web process. `whole`: proportional bytes of the whole process tree, by program."""

    after: str
    web: tuple[int, ...]
    web_private: tuple[int, ...]
    whole: dict[str, int]


@dataclass(slots=True)
class Run:
    """`quick`: everything much shorter, to see that it works; such figures are not kept."""

    site: Site
    stack: Stack
    reference: Target
    quick: bool = False
    memory: list[MemorySample] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def web(self) -> Target:
        return self.site.web

    def seconds(self, full: float) -> float:
        return max(1.0, full / 6) if self.quick else full

    def rounds(self, full: int) -> int:
        return 1 if self.quick else full

    def count(self, full: int) -> int:
        return max(1, full // 10) if self.quick else full

    def say(self, text: str) -> None:
        print(f"  {time.monotonic() - self.started:5.0f} s  {text}", flush=True)

    def sample_memory(self, after: str) -> None:
        web = [_memory(process) for process in self.stack.web_processes()]
        whole: dict[str, int] = {}
        for process in self.stack.everything():
            name, taken = _quietly(process.name) or "gone", _memory(process)
            whole[name] = whole.get(name, 0) + taken["pss"]
        self.memory.append(
            MemorySample(after, tuple(m["rss"] for m in web), tuple(m["uss"] for m in web), whole)
        )


def _memory(process: psutil.Process) -> dict[str, int]:
    """Bytes. Where the system does not tell proportional sizes, the private ones stand in."""
    full = _quietly(process.memory_full_info)
    if full is None:
        return {"rss": 0, "uss": 0, "pss": 0}
    return {"rss": full.rss, "uss": full.uss, "pss": getattr(full, "pss", full.uss)}


def _quietly(ask: Callable[[], Told]) -> Told | None:
    try:
        return ask()
    except psutil.NoSuchProcess:  # it ended between the listing and the question
        return None
