"""Whether the workers' memory stays flat while events come in for ten minutes."""

from __future__ import annotations

import threading
import time

import psutil

from ..ground.clean import take_events_back, wait_until_processed
from ..ground.prepare import secret_key
from ..ground.shoppers import GROCER, households, popular_items
from ..load.background import Stream, streaming
from ..load.queue import growth
from ..outcome import Figure
from ..run import Run

EVENTS_PER_SECOND = 2500
BATCH = 50
SECONDS = 600
# A stream's bodies are made before it starts: ten minutes of them at once would fill the memory themselves.
TURN_SECONDS = 30
# Caches fill in the first part.
STEADY_FROM = 0.4
MEGABYTE = 1_000_000


def measure(run: Run) -> list[Figure]:
    schema = f"t_{GROCER}"
    key, everyone, items = secret_key(run.site, GROCER), households(), popular_items(schema)
    turns = max(2, round(run.seconds(SECONDS) / TURN_SECONDS))
    samples: list[tuple[float, float]] = []
    enough = threading.Event()
    watching = threading.Thread(target=_watch, args=(run, samples, enough), daemon=True)
    watching.start()
    try:
        for number in range(turns):
            stream = Stream(
                run.web,
                key,
                everyone,
                items,
                EVENTS_PER_SECOND,
                BATCH,
                TURN_SECONDS,
                newcomers=0.02,
                seed=50 + number,
            )
            with streaming(stream):
                pass
        wait_until_processed(schema, 60)
    finally:
        enough.set()
        watching.join()
        run.say("taking the events back")
        take_events_back(GROCER)
    return figures_of(samples)


def _watch(run: Run, samples: list[tuple[float, float]], enough: threading.Event) -> None:
    started = time.monotonic()
    while not enough.wait(2.0):
        try:
            largest = max(process.memory_info().rss for process in run.stack.tree("events"))
        except psutil.NoSuchProcess:  # one was replaced
            continue
        samples.append((time.monotonic() - started, largest / MEGABYTE))


def figures_of(samples: list[tuple[float, float]]) -> list[Figure]:
    """`samples`: (seconds, megabytes of the largest worker process)."""
    steady = [sample for sample in samples if sample[0] >= samples[-1][0] * STEADY_FROM]
    protocol = (
        f"resident set of the largest worker process of events, every 2 s, during {samples[-1][0]:.0f} s of {EVENTS_PER_SECOND:,} "
        f"events/s in batches of {BATCH} of the grocer's households and 2 % newcomers"
    )
    return [
        Figure(
            "worker_memory_growth",
            growth(steady) * 60,
            "MB/min",
            protocol=f"slope (least squares) after the first {STEADY_FROM:.0%} of: {protocol}",
            note=f"from {steady[0][1]:.0f} to {steady[-1][1]:.0f} MB",
        ),
        Figure("worker_memory", max(size for _, size in samples), "MB", protocol=f"the highest {protocol}"),
    ]
