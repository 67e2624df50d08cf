"""What is kept of a line that became no event: as much of the event as it would have been, to be mended and replayed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from ..naming import MAX_ID
from .flat import take, who_of
from .layout import Layout
from .models import Import
from .readers import Record


def letter_of(
    records: list[Record], kind: str, layout: Layout
) -> tuple[bytes, tuple[str, str] | None, str | None]:
    """(payload, whom it names, type). Values stand as they did in the file."""
    rows = [record.values for record in records if record.values]
    if layout.spec or not rows:
        values = rows[0] if rows else {}
        who = _named(values.get("userId"), values.get("anonymousId"))
        return (records[0].raw if records else b"")[: 1 << 16] or b"{}", who, _text(values.get("type"))
    given = [take(values, layout) for values in rows]
    names = who_of(given[0])
    event: dict[str, Any] = {**names, "timestamp": given[0].get("timestamp")}
    if kind == Import.Kind.PROFILES:
        event |= {"type": "identify", "traits": _rest(given[0])}
    elif kind == Import.Kind.ORDERS:
        products = [_rest(line) for line in given]
        event |= {"type": "track", "event": "Order Completed"}
        event["properties"] = {"order_id": given[0].get("order_id"), "products": products}
    else:
        name = given[0].get("event") or layout.event
        event |= {"type": str(given[0].get("type") or "track"), "event": name, "properties": _rest(given[0])}
    who = _named(names.get("userId"), names.get("anonymousId"))
    return _written(event), who, str(event["type"])


def plain(value: Any) -> Any:
    """For orjson: what Parquet knows and JSON does not."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)


def _rest(given: dict[str, Any]) -> dict[str, Any]:
    apart = {"user_id", "anonymous_id", "message_id", "timestamp", "event", "type"}
    return {name.rpartition(".")[2]: value for name, value in given.items() if name not in apart}


def _named(user: Any, anonymous: Any) -> tuple[str, str] | None:
    for kind, value in (("user_id", user), ("anonymous_id", anonymous)):
        text = str(value).replace("\x00", "").strip()[:MAX_ID] if isinstance(value, str | int) else ""
        if text:
            return kind, text
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _written(event: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(event, default=plain)
    except (TypeError, RecursionError):
        return b"{}"
