"""A record becomes an event of the tracking spec, with a message id that follows from what it says.

The same line gives the same id however often, from whichever file and at whatever line it is read: running an import
twice, or importing two exports that overlap, counts nothing twice. Two lines that are equal in every mapped column are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from . import orders
from .flat import flat_event, profile_event
from .layout import Layout
from .letters import letter_of, plain
from .models import Import
from .readers import Record
from .values import BadValue, moment


@dataclass(slots=True)
class Made:
    """What lines from `line` on (to `end`) became: the event as bytes, or `raw` with the reason why it is none."""

    line: int
    end: int
    lines: int
    event: bytes = b""
    reason: str = ""
    detail: str = ""
    raw: bytes = b""
    who: tuple[str, str] | None = None
    type: str | None = None


def make_events(records: Iterable[Record], kind: str, layout: Layout) -> Iterator[Made]:
    """One `Made` per record; of an order one for all of its lines, which have to follow each other."""
    if kind == Import.Kind.ORDERS:
        yield from _orders(records, layout)
        return
    for record in records:
        yield _made([record], kind, layout)


def _orders(records: Iterable[Record], layout: Layout) -> Iterator[Made]:
    column = layout.column_of("order_id") or ""
    waiting: list[Record] = []
    beyond: Record | None = None
    for record in records:
        key = orders.key(record, column)
        if waiting and (not key or key != orders.key(waiting[0], column)):
            yield _order(waiting, beyond, layout)
            waiting, beyond = [], None
        if len(waiting) < orders.MOST_LINES:
            waiting.append(record)
        else:
            beyond = record
    if waiting:
        yield _order(waiting, beyond, layout)


def _order(records: list[Record], beyond: Record | None, layout: Layout) -> Made:
    """`beyond`: the last line of an order that is too long; a part of it would count as the whole."""
    if beyond is None:
        return _made(records, Import.Kind.ORDERS, layout)
    made = Made(records[0].line, beyond.end, beyond.line - records[0].line + 1)
    return _refuse(made, "order_too_long", orders.TOO_LONG, [], Import.Kind.ORDERS, layout)


def _made(records: list[Record], kind: str, layout: Layout) -> Made:
    made = Made(records[0].line, records[-1].end, len(records))
    bad = next((record for record in records if record.problem), None)
    if bad is not None:
        return _refuse(made, "unreadable_line", bad.problem, records, kind, layout)
    try:
        event = _event(records, kind, layout)
        made.event = orjson.dumps(event, default=plain)
    except BadValue as error:
        return _refuse(made, "invalid_value", str(error), records, kind, layout)
    except (TypeError, RecursionError):
        return _refuse(made, "invalid_value", "A value can't be written as JSON.", records, kind, layout)
    return made


def _refuse(made: Made, reason: str, detail: str, records: list[Record], kind: str, layout: Layout) -> Made:
    made.reason, made.detail = reason, detail
    made.raw, made.who, made.type = letter_of(records, kind, layout)
    return made


def _event(records: list[Record], kind: str, layout: Layout) -> dict[str, Any]:
    values = records[0].values or {}
    if kind == Import.Kind.ORDERS:
        event = orders.order_event([record.values or {} for record in records], layout)
    elif layout.spec:
        event = dict(values)
        # Its own words for when it happened; an event without any would land at the hour of the import.
        said = event.get("timestamp") or event.get("originalTimestamp")
        event["timestamp"] = moment(said, layout).isoformat()
        for clock in ("sentAt", "receivedAt", "writeKey"):
            event.pop(clock, None)
    elif kind == Import.Kind.PROFILES:
        event = profile_event(values, layout)
    else:
        event = flat_event(values, layout)
    if not event.get("messageId"):
        event["messageId"] = _message_id(event)
    return event


def _message_id(event: dict[str, Any]) -> str:
    said = orjson.dumps(event, default=plain, option=orjson.OPT_SORT_KEYS)
    return f"import-{blake2b(said, digest_size=16).hexdigest()}"
