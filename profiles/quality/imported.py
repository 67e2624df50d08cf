"""A portion of an import against the expectations: told on the import's own page, and kept out of the hours of live events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import Cursor

from tenants.scope import Scope

from ..processing.apply import read_facts
from ..processing.decode import imported_event
from ..processing.items import listed_items
from . import observe
from .expectations import EXPECTATIONS, FAIL, NONE, PASS, Expectation
from .limits import Limits, read_limits

# Lines named per expectation, the first ones.
LINES_NAMED = 5
# History is late by its nature.
_NOT_OF_HISTORY = frozenset({"on_time"})

Report = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Judged:
    """An expectation of an import. `lines`: the first that failed."""

    expectation: Expectation
    state: str
    checked: int
    failed: int
    lines: tuple[int, ...]

    @property
    def share(self) -> float:
        return 100 * self.failed / self.checked if self.checked else 0.0


def add(scope: Scope, report: Report, lines: Iterable[tuple[int, bytes]]) -> Report:
    """`report` with these (line, event as JSON) added. Reads the catalogue, writes nothing."""
    found = [(line, event) for line, raw in lines if (event := imported_event(scope, raw)) is not None]
    facts, bad = read_facts([event for _, event in found])
    good = [place for place in range(len(found)) if place not in bad]
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        items = listed_items(cursor, scope.schema, (fact.item_id for place in good for fact in facts[place]))
    total = {name: dict(counts) for name, counts in report.items()}
    for place in good:
        line, event = found[place]
        tally = observe.look([event], [facts[place]], items, scope.currency)
        for name, checked in tally.checked.items():
            if name in _NOT_OF_HISTORY or name not in _NAMES:
                continue
            counts = total.setdefault(name, {"checked": 0, "failed": 0, "lines": []})
            counts["checked"] += checked
            counts["failed"] += tally.failed.get(name, 0)
            if tally.failed.get(name) and len(counts["lines"]) < LINES_NAMED:
                counts["lines"] = [*counts["lines"], line]
    return total


_NAMES = frozenset(one.name for one in EXPECTATIONS)
_ORDER = {FAIL: 0, "warn": 1, PASS: 2, NONE: 3}


def judged(report: Mapping[str, Mapping[str, Any]], limits: Limits | None = None) -> list[Judged]:
    """What the report says, the worst first. A file is judged however few lines it has."""
    limits = read_limits() if limits is None else limits
    found = []
    for one in EXPECTATIONS:
        counts = report.get(one.name)
        mine = limits.of(one)
        if not counts or mine is None:
            continue
        state = mine.judge(counts["checked"], counts["failed"], least=1)
        found.append(Judged(mine, state, counts["checked"], counts["failed"], tuple(counts["lines"])))
    return sorted(found, key=lambda one: (_ORDER[one.state], -one.share))
