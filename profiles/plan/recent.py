"""Real events of the last days, opened: what a plan is made from and tested against."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from django.db import connection

from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from ..flags import BOT, STRIPPED
from .compiled import NUMBERS

PORTION = 500
# Opening an event costs microseconds; this many take well under two seconds.
MOST_OPENED = 10_000
DAYS = 30
_NAMES = {number: name for name, number in NUMBERS.items()}


class Came(NamedTuple):
    """An event as it came. `fields`: its properties, or the traits of an identify or group."""

    type: str
    name: str
    fields: dict[str, Any]
    received_at: dt.datetime
    flags: int
    context: dict[str, Any]

    @property
    def number(self) -> int:
        return NUMBERS[self.type]


def events(
    scope: Scope, *, type_: str = "", name: str | None = None, opened: int = MOST_OPENED
) -> Iterator[Came]:
    """Newest first, without bots' and without what the plan stripped; at most `opened` are looked into."""
    kinds = [NUMBERS[type_]] if type_ else list(NUMBERS.values())
    before: tuple[dt.datetime, int] = (dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5), 1 << 62)
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=DAYS)
    while opened > 0:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT received_at, id, type, handle, payload, flags FROM "{scope.schema}".profiles_event
                    WHERE received_at >= %s AND (received_at, id) < (%s, %s) AND type = ANY(%s)
                        AND flags & {BOT | STRIPPED} = 0
                    ORDER BY received_at DESC, id DESC LIMIT %s""",
                [since, *before, kinds, min(PORTION, opened)],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        opened -= len(rows)
        before = (rows[-1][0], rows[-1][1])
        keys = vault.existing_person_keys(scope.tenant_id, {bytes(row[3]) for row in rows})
        for received_at, _, kind, handle, payload, flags in rows:
            opened_event = _opened(keys.get(bytes(handle)), bytes(payload))
            if opened_event is None:
                continue
            event, context = opened_event
            called = event.get("event") or event.get("name") or ""
            if name is not None and called != name:
                continue
            fields = event.get("traits" if _NAMES[kind] in ("identify", "group") else "properties")
            yield Came(
                _NAMES[kind],
                str(called),
                fields if isinstance(fields, dict) else {},
                received_at,
                flags,
                context,
            )


def _opened(key: bytes | None, payload: bytes) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """(the event, its context or its batch's)."""
    if key is None:
        return None
    try:
        stored = orjson.loads(unseal(key, payload))
    except (Unreadable, orjson.JSONDecodeError):
        return None
    event = stored.get("event")
    if not isinstance(event, dict):
        return None
    context = event.get("context") or stored.get("context")
    return event, context if isinstance(context, dict) else {}
