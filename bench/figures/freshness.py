"""From an event to a changed recommendation, while a thousand events a second come in."""

from __future__ import annotations

from ..ground.clean import take_events_back, wait_until_processed
from ..ground.prepare import secret_key
from ..ground.shoppers import GROCER, households, popular_items
from ..load.background import Stream, streaming
from ..load.probes import LOOK_EVERY_SECONDS, Prober, Seen
from ..load.quantiles import quantile
from ..outcome import Figure
from ..run import Run

EVENTS_PER_SECOND = 1000
BATCH = 25
SECONDS = 40
PROBES = 240
LEAD_SECONDS = 3


def measure(run: Run) -> list[Figure]:
    schema = f"t_{GROCER}"
    key, everyone, items = secret_key(run.site, GROCER), households(), popular_items(schema)
    seconds, probes = run.seconds(SECONDS), run.count(PROBES)
    stream = Stream(
        run.web, key, everyone[PROBES:], items, EVENTS_PER_SECOND, BATCH, seconds + LEAD_SECONDS + 2
    )
    try:
        with streaming(stream) as delivered:
            seen = Prober(run.web, key).run(
                everyone[:probes], items, rate=probes / seconds, lead=LEAD_SECONDS
            )
        late = wait_until_processed(schema, 60)
    finally:
        run.say("taking the events back")
        take_events_back(GROCER)
    return figures_of(
        seen,
        note=f"a background batch was durable within {delivered.p99 * 1000:.0f} ms (p99)"
        + (f"; the last event was processed {late:.1f} s after the stream's end" if late > 0.5 else ""),
    )


def figures_of(seen: list[Seen], note: str = "") -> list[Figure]:
    protocol = (
        f"{len(seen)} probes at a constant rate, each another household: the first recommended item is bought, or an item "
        f"is viewed, and the recommendation is asked for every {LOOK_EVERY_SECONDS * 1000:.0f} ms until its items or scores "
        f"are others; beside {EVENTS_PER_SECOND:,} events/s in batches of {BATCH} at constant arrivals over the other "
        "households; worker running"
    )
    changed, anew = [s.changed for s in seen], [s.anew for s in seen]
    never = sum(value == float("inf") for value in changed)
    return [
        Figure(
            f"freshness_p{share}",
            _finite(quantile(changed, share / 100)),
            "s",
            protocol=protocol,
            reference="until the first answer made anew, whatever it says",
            reference_value=_finite(quantile(anew, share / 100)),
            note=f"{note}; {never} of {len(seen)} never changed" if share == 99 else "",
        )
        for share in (50, 99)
    ]


def _finite(value: float) -> float:
    """JSON knows no infinity: an hour stands for never."""
    return min(value, 3600.0)
