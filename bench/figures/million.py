"""A million shoppers: how long a segment's size takes to show, a profile to be read, and everybody to be judged."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor

from profiles.segments import services
from profiles.segments.forms import SegmentForm
from profiles.segments.live import Live
from profiles.segments.membership import settle
from profiles.segments.models import Segment
from profiles.segments.preview import Preview, preview
from tenants.db import tenant_connection
from tenants.scope import Scope

from ..ground.million import EVENTS, INTERACTIONS, SHOPPERS, million, user
from ..load.k6 import constant_arrivals
from ..load.wire import bearer
from ..outcome import Figure
from ..run import Run

QUICK = 20_000
RATE = 100
SECONDS = 20
ROUNDS = 3
READ_ROUNDS = 5
BATCH = 500
PASS_LIMIT = 1800


def _all(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "all", "of": list(parts)}


SHARED = {"type": "event", "event": "Wishlist Shared", "where": [{"property": "channel", "values": ["app"]}]}
# Every kind of condition, from one look at the row to interactions of everybody and events that nothing counts yet.
DEFINITIONS: dict[str, dict[str, Any]] = {
    "counts of days": _all({"type": "act", "act": "viewed", "op": ">=", "value": 5, "days": 30}),
    "bought X twice in half a year and not Y": _all(
        {"type": "act", "act": "bought", "op": ">=", "value": 2, "days": 180, "brands": [f"Brand {n}" for n in range(15)]},
        {"type": "act", "act": "bought", "op": "=", "value": 0, "days": 180, "categories": ["Department 3"]},
    ),
    "ever bought": _all({"type": "act", "act": "spent", "op": ">=", "value": 60, "days": None}),
    "never a category": _all(
        {"type": "act", "act": "bought", "op": "=", "value": 0, "days": None, "categories": ["Department 1 > Category 9"]}
    ),
    "features": _all(
        {"type": "feature", "feature": "revenue_90d", "op": ">=", "value": 80},
        {"type": "feature", "feature": "favorite_categories", "op": "includes", "values": ["Category 3", "Category 4"]},
        {"type": "feature", "feature": "gender", "op": "is", "values": ["female"]},
    ),
    "reachable": _all(
        {"type": "identifier", "kind": "email", "known": True},
        {"type": "consent", "purpose": "marketing", "channel": "email", "granted": False},
    ),
    "seen": _all({"type": "seen", "which": "last", "op": "within", "days": 14}),
    "nested": _all(
        {"type": "any", "of": [
            _all({"type": "act", "act": "ordered", "op": ">=", "value": 2, "days": 90}, {"type": "seen", "which": "last", "op": "before", "days": 21}),
            {"type": "not", "of": [{"type": "feature", "feature": "brand_affinity", "op": "includes", "values": ["Brand 1"]}]},
        ]},
        {"type": "act", "act": "bought", "op": ">=", "value": 1, "days": 365, "items": ["p1", "p2", "p3"]},
    ),
    "an event that nothing counts": _all({**SHARED, "op": ">=", "value": 1, "days": 30}),
    "an event and interactions": _all(
        {**SHARED, "op": "=", "value": 0, "days": None},
        {"type": "act", "act": "bought", "op": ">=", "value": 3, "days": 180, "value_min": 10},
    ),
}  # fmt: skip


def measure(run: Run) -> list[Figure]:
    count = QUICK if run.quick else SHOPPERS
    scope, key = million(count, run.say)
    about = f"{count:,} shoppers with {INTERACTIONS} interactions and {EVENTS} sealed events each"
    with tenant_connection(scope.schema):
        return [
            _previews(run, scope, about),
            *_reading(run, key, count, about),
            _streaming(scope, about),
            _whole_pass(run, scope, about),
        ]


def _previews(run: Run, scope: Scope, about: str) -> Figure:
    times: dict[str, float] = {}
    sizes: dict[str, Preview] = {}
    for name, definition in DEFINITIONS.items():
        for _ in range(run.rounds(ROUNDS)):
            began = time.perf_counter()
            sizes[name] = preview(scope, definition)
            times[name] = max(times.get(name, 0.0), time.perf_counter() - began)
        run.say(f"preview “{name}”: {times[name]:.2f} s, {sizes[name].low:,} to {sizes[name].high:,}")
    worst = max(times, key=times.__getitem__)
    return Figure(
        "segment_preview",
        times[worst],
        "s",
        protocol=f"the slowest of ten definitions, each counted {ROUNDS} times as the builder does; {about}",
        note=f"slowest: {worst}; " + ", ".join(f"{name} {t:.2f}" for name, t in times.items()),
    )


def _reading(run: Run, key: str, count: int, about: str) -> list[Figure]:
    rng = random.Random(7)
    rate, seconds, rounds = RATE, run.seconds(SECONDS), run.rounds(READ_ROUNDS)
    some = [f"/api/v1/profiles/{user(rng.randrange(count))}" for _ in range(int(rate * seconds) * rounds)]
    warm = [f"/api/v1/profiles/{user(rng.randrange(count))}" for _ in range(200)]
    constant_arrivals(run.web, warm, rate=rate, seconds=2, folder=run.site.scratch, headers=bearer(key))
    each = len(some) // rounds
    found = [
        constant_arrivals(
            run.web,
            some[n * each : (n + 1) * each],
            rate=rate,
            seconds=seconds,
            folder=run.site.scratch,
            headers=bearer(key),
        )
        for n in range(rounds)
    ]
    protocol = (
        f"GET /api/v1/profiles/…, {rate} a second at constant arrivals, each another shopper; median of {rounds} rounds of "
        f"{seconds:.0f} s; {about}"
    )
    note = "rounds from {:.1f} to {:.1f}"
    p50, p99 = [one.p50 for one in found], [one.p99 for one in found]
    return [
        Figure("profile_read_p50", median(p50), "ms", protocol=protocol),
        Figure(
            "profile_read_p99", median(p99), "ms", protocol=protocol, note=note.format(min(p99), max(p99))
        ),
    ]


def _streaming(scope: Scope, about: str) -> Figure:
    """What a batch pays for a shopper and a segment, of those definitions that nothing has to be computed for."""
    segments = [
        Live(-n, f"bench-{n}", 1, definition)
        for n, definition in enumerate(DEFINITIONS.values(), 1)
        if "Wishlist" not in str(definition)
    ]
    connection.ensure_connection()
    best = float("inf")
    with transaction.atomic(), Cursor(connection.connection) as cursor:
        ids = _some(cursor, scope.schema)
        for _ in range(5):
            began = time.perf_counter()
            settle(cursor, scope, segments, {}, ids)
            best = min(best, time.perf_counter() - began)
        transaction.set_rollback(True)
    return Figure(
        "segment_streaming",
        best * 1e6 / len(ids) / len(segments),
        "µs",
        protocol=f"a shopper judged for a segment in a batch of {BATCH} shoppers and {len(segments)} segments, best of 5; {about}",
    )


def _some(cursor: Cursor, schema: str) -> Sequence[int]:
    rows = cursor.execute(
        f'SELECT id FROM "{schema}".profiles_profile TABLESAMPLE SYSTEM (1) REPEATABLE (3) LIMIT {BATCH}'
    ).fetchall()
    return [row[0] for row in rows]


def _whole_pass(run: Run, scope: Scope, about: str) -> Figure:
    form = SegmentForm("Bench pass", DEFINITIONS["features"])
    segment = services.create_segment(scope, form, actor="bench")
    try:
        began = time.monotonic()
        segment = services.go_live(scope, segment, actor="bench")
        while segment.computed_revision < segment.revision and time.monotonic() - began < PASS_LIMIT:
            time.sleep(0.2)
            segment.refresh_from_db()
        took = time.monotonic() - began
        if segment.error:
            raise RuntimeError(segment.error)
        members = segment.members
    finally:
        services.archive(scope, segment, actor="bench")
        Segment.objects.filter(pk=segment.pk).delete()
    return Figure(
        "segment_pass",
        took,
        "s",
        protocol=f"from going live until everybody is judged by a worker and {members:,} have entered; {about}",
    )
