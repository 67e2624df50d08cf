"""A tenant's queue of events, looked at while a load runs."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from django.db import connection

LOOK_EVERY_SECONDS = 0.5


@dataclass(slots=True)
class Watch:
    """Samples of (seconds since the start, events waiting) inside the block."""

    schema: str
    samples: list[tuple[float, int]] = field(default_factory=list)
    _enough: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        if self._thread:
            self._thread.join()

    def _look(self) -> None:
        started = time.monotonic()
        try:
            while not self._enough.wait(LOOK_EVERY_SECONDS):
                self.samples.append((time.monotonic() - started, waiting(self.schema)))
        finally:
            connection.close()

    def between(self, start: float, end: float) -> list[tuple[float, int]]:
        return [sample for sample in self.samples if start <= sample[0] <= end]


def waiting(schema: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{schema}".profiles_eventqueue')
        return int(cursor.fetchone()[0])


def growth(samples: list[tuple[float, float]]) -> float:
    """Units a second by which samples of (seconds, value) grow: the least squares' slope; 0 for fewer than two."""
    if len(samples) < 2:
        return 0.0
    n = len(samples)
    mean_t = sum(t for t, _ in samples) / n
    mean_v = sum(v for _, v in samples) / n
    spread = sum((t - mean_t) ** 2 for t, _ in samples)
    return sum((t - mean_t) * (v - mean_v) for t, v in samples) / spread if spread else 0.0
