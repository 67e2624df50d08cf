"""One tenant at ten times the load, and how fresh the other one's answers stay."""

from __future__ import annotations

import datetime as dt
import itertools

from profiles.ingest.door import accept
from tenants import keyring
from tenants.models import Tenant

from ..ground.clean import take_events_back, wait_until_processed
from ..ground.prepare import secret_key
from ..ground.shoppers import GROCER, households, popular_items
from ..load.background import Stream, streaming
from ..load.events import EventMaker
from ..load.probes import Prober, Seen
from ..load.quantiles import quantile
from ..load.queue import waiting
from ..outcome import Figure
from ..run import Run
from .ingest import bench_tenant

QUIET, FLOOD = 250, 2500  # events a second
BATCH = 25
SECONDS = 30
PROBES = 120
LEAD_SECONDS = 3
# What waits already when the probes begin: several minutes of the flood's share.
PILE = 40_000


def measure(run: Run) -> list[Figure]:
    schema = f"t_{GROCER}"
    key, everyone, items = secret_key(run.site, GROCER), households(), popular_items(schema)
    seconds, probes = run.seconds(SECONDS), run.count(PROBES)
    lasting = seconds + LEAD_SECONDS + 2
    quiet = Stream(run.web, key, everyone[2 * PROBES :], items, QUIET, BATCH, lasting)

    def probe(first: int) -> list[Seen]:
        with streaming(quiet):
            return Prober(run.web, key).run(
                everyone[first : first + probes], items, rate=probes / seconds, lead=LEAD_SECONDS
            )

    try:
        alone = probe(0)
        run.say(f"alone: p99 {_p99(alone):.2f} s")
        with bench_tenant("bench-flood") as (tenant, flood_key):
            shoppers = [f"shopper-{number}" for number in range(10_000)]
            with run.stack.workers_paused():
                pile_up(tenant, shoppers, items, run.count(PILE))
            flood = Stream(run.web, flood_key, shoppers, items, FLOOD, BATCH, lasting)
            with streaming(flood):
                beside = probe(PROBES)
            left = waiting(tenant.schema_name)
        wait_until_processed(schema, 60)
    finally:
        run.say("taking the events back")
        take_events_back(GROCER)
    never = sum(seen.changed == float("inf") for seen in beside)
    return [
        Figure(
            "fairness_p99",
            min(_p99(beside), 3600.0),
            "s",
            protocol=(
                f"freshness of one tenant (event → changed recommendation, {len(beside)} probes) at {QUIET} events/s of its own, "
                f"beside another with {FLOOD:,} events/s and a pile of {run.count(PILE):,} waiting when the probes began; both "
                "at constant arrivals; the same workers"
            ),
            reference="the same without the other tenant",
            reference_value=_p99(alone),
            note=f"{left:,} events of the flood still waited at the end; {never} probes never changed",
        )
    ]


def _p99(seen: list[Seen]) -> float:
    return quantile([one.changed for one in seen], 0.99)


def pile_up(tenant: Tenant, shoppers: list[str], items: list[str], count: int) -> None:
    """Bring `count` events in by the door, without HTTP."""
    scope, size = keyring.scope_of_tenant(tenant), 500
    events = EventMaker(shoppers, items, seed=9).events()
    for _ in range(max(1, count // size)):
        raws = [event.encode() for event in itertools.islice(events, size)]
        accept(scope, raws, source="http", received=dt.datetime.now(dt.UTC))
