"""What the merchant says about bots and repetitions, remembered by each worker for a second."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import transaction
from psycopg import Cursor

from tenants import audit

from .models import ArrivalRules

LOOK_SECONDS = 1.0
MOST_TENANTS = 512
_FIELDS = (
    "by_agent", "agents_blocked", "agents_allowed", "by_rate", "views_a_minute", "same_pages", "same_orders",
    "same_events", "window_seconds",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """See `ArrivalRules`; parts of user agents in small letters."""

    by_agent: bool = True
    agents_blocked: tuple[str, ...] = ()
    agents_allowed: tuple[str, ...] = ()
    by_rate: bool = True
    views_a_minute: int = 120
    same_pages: bool = True
    same_orders: bool = True
    same_events: frozenset[str] = frozenset()
    window_seconds: int = 2


_known: OrderedDict[str, tuple[float, Rules]] = OrderedDict()


def current(cursor: Cursor, schema: str) -> Rules:
    known = _known.get(schema)
    now = time.monotonic()
    if known is not None and now - known[0] < LOOK_SECONDS:
        return known[1]
    row = cursor.execute(
        f'SELECT {", ".join(_FIELDS)} FROM "{schema}".profiles_arrivalrules LIMIT 1'
    ).fetchone()
    rules = _made(dict(zip(_FIELDS, row, strict=True))) if row else Rules()
    _known[schema] = (now, rules)
    _known.move_to_end(schema)
    while len(_known) > MOST_TENANTS:
        _known.popitem(last=False)
    return rules


def _made(row: dict[str, Any]) -> Rules:
    # Django's connections leave JSON to its own fields: here it is text.
    listed = {name: orjson.loads(row[name]) for name in ("agents_blocked", "agents_allowed", "same_events")}
    return Rules(
        **{
            **row,
            "agents_blocked": tuple(text.lower() for text in listed["agents_blocked"]),
            "agents_allowed": tuple(text.lower() for text in listed["agents_allowed"]),
            "same_events": frozenset(listed["same_events"]),
        }
    )


def forget(schema: str | None = None) -> None:
    if schema is None:
        _known.clear()
    else:
        _known.pop(schema, None)


def stored() -> ArrivalRules:
    """The row, or one with the defaults that is not stored yet."""
    return ArrivalRules.objects.first() or ArrivalRules(pk=1)


def save(rules: ArrivalRules, *, actor: str, schema: str) -> None:
    """Store the merchant's rules; workers follow within a second."""
    with transaction.atomic():
        rules.pk = 1
        rules.save()
        audit.record(
            "rules for bots and repetitions changed",
            "arrivalrules:1",
            actor,
            **{
                name: getattr(rules, name)
                for name in _FIELDS
                if name not in ("agents_blocked", "agents_allowed")
            },
            blocked=len(rules.agents_blocked),
            allowed=len(rules.agents_allowed),
        )
        transaction.on_commit(lambda: forget(schema))
