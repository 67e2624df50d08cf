"""Whether the workers keep up with what comes in: an open loop of a minute, and what waits at its end."""

from __future__ import annotations

import time

from ..ground.clean import take_events_back, wait_until_processed
from ..ground.prepare import secret_key
from ..ground.shoppers import GROCER, households, popular_items
from ..load.background import Stream, streaming
from ..load.queue import Watch, growth
from ..outcome import Figure
from ..run import Run

EVENTS_PER_SECOND = 5000
BATCH = 100
SECONDS = 60
# Until the first batches are planned and caches are warm.
WARM_UP_SHARE = 1 / 3
DRAIN_SECONDS = 120


def measure(run: Run) -> list[Figure]:
    schema, seconds = f"t_{GROCER}", run.seconds(SECONDS)
    stream = Stream(
        run.web,
        secret_key(run.site, GROCER),
        households(),
        popular_items(schema),
        EVENTS_PER_SECOND,
        BATCH,
        seconds,
        newcomers=0.02,
    )
    try:
        with streaming(stream) as delivered, Watch(schema) as watch:
            time.sleep(seconds)
        late = wait_until_processed(schema, DRAIN_SECONDS)
    finally:
        run.say("taking the events back")
        take_events_back(GROCER)
    return figures_of(watch.between(seconds * WARM_UP_SHARE, seconds), delivered.p99, late)


def figures_of(samples: list[tuple[float, int]], durable_p99: float, late: float) -> list[Figure]:
    """`samples`: (seconds, events waiting) once the load runs steadily."""
    if not samples:
        raise ValueError("the queue was never looked at")
    span = samples[-1][0] - samples[0][0]
    gained = samples[-1][1] - samples[0][1]
    rate = EVENTS_PER_SECOND - (gained / span if span else 0.0)
    protocol = (
        f"POST /v1/batch, {EVENTS_PER_SECOND:,} events/s in batches of {BATCH} at constant arrivals, generator included, for "
        f"{samples[-1][0]:.0f} s, of the grocer's households (a year of history, live segments, a model) and 2 % newcomers; "
        "all subscribers on; the queue looked at twice a second after the first third"
    )
    note = (
        f"queue {min(n for _, n in samples):,} to {max(n for _, n in samples):,} events, {samples[-1][1]:,} at the end, growing by "
        f"{growth([(t, float(n)) for t, n in samples]):,.0f} events/s; empty {late:.1f} s after the last event; a batch was "
        f"durable within {durable_p99 * 1000:.0f} ms (p99)"
    )
    return [
        Figure(
            "processing",
            rate,
            "events/s",
            protocol=protocol,
            reference="arrivals",
            reference_value=float(EVENTS_PER_SECOND),
            note=note,
        ),
        Figure(
            "processing_behind",
            samples[-1][1] / EVENTS_PER_SECOND,
            "s",
            protocol=f"events that waited at the end of the same load, in seconds of arrivals; {protocol}",
        ),
    ]
