"""From an event to a changed recommendation, feature and segment, while 2,500 events a second come in."""

from __future__ import annotations

from ..ground.clean import take_events_back, wait_until_processed
from ..ground.prepare import secret_key
from ..ground.segment import viewers_of
from ..ground.shoppers import GROCER, households, popular_items
from ..load.background import Stream, streaming
from ..load.probes import LOOK_EVERY_SECONDS, Prober, Seen
from ..load.profile_probes import FEATURE, ProfileProber, Told
from ..load.profile_probes import LOOK_EVERY_SECONDS as PROFILE_EVERY
from ..load.quantiles import quantile
from ..outcome import Figure
from ..run import Run

EVENTS_PER_SECOND = 2500
BATCH = 25
SECONDS = 30
PROBES = 240
LEAD_SECONDS = 3


def measure(run: Run) -> list[Figure]:
    schema = f"t_{GROCER}"
    key, everyone, items = secret_key(run.site, GROCER), households(), popular_items(schema)
    seconds, probes = run.seconds(SECONDS), run.count(PROBES)
    rate = probes / seconds
    # The last item is viewed by probes alone.
    stream = Stream(
        run.web,
        key,
        everyone[2 * PROBES :],
        items[:-1],
        EVENTS_PER_SECOND,
        BATCH,
        2 * (seconds + LEAD_SECONDS + 1),
    )
    try:
        with viewers_of(GROCER, items[-1]) as segment, streaming(stream) as delivered:
            seen = Prober(run.web, key).run(everyone[:probes], items[:-1], rate=rate, lead=LEAD_SECONDS)
            told = ProfileProber(run.web, key, items[-1], segment).run(
                everyone[PROBES : PROBES + probes], rate=rate, lead=LEAD_SECONDS
            )
        late = wait_until_processed(schema, 60)
    finally:
        run.say("taking the events back")
        take_events_back(GROCER)
    note = f"a background batch was durable within {delivered.p99 * 1000:.0f} ms (p99)"
    if late > 0.5:
        note += f"; the last event was processed {late:.1f} s after the stream's end"
    return [*figures_of(seen, note), *figures_of_profiles(told)]


def figures_of_profiles(told: list[Told]) -> list[Figure]:
    """Until a feature and a segment of the profile are others."""
    protocol = (
        f"{len(told)} probes at a constant rate, each another household that views an item: GET /api/v1/profiles/… every "
        f"{PROFILE_EVERY * 1000:.0f} ms until the feature {FEATURE} is another (the profile is in the segment of the item's "
        f"viewers); beside {EVENTS_PER_SECOND:,} events/s in batches of {BATCH} at constant arrivals; worker running"
    )
    figures = []
    for name, values in (("feature", [t.feature for t in told]), ("segment", [t.segment for t in told])):
        never = sum(value == float("inf") for value in values)
        figures.append(
            Figure(
                f"freshness_{name}_p99",
                _finite(quantile(values, 0.99)),
                "s",
                protocol=protocol,
                note=f"p50 {_finite(quantile(values, 0.5)):.3f} s; {never} of {len(told)} never changed",
            )
        )
    return figures


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
