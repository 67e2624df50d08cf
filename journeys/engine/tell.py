"""What journeys themselves have to say (traits set, messages clicked) goes through the ordinary event store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from profiles.ingest.door import accept
from tenants.scope import Scope

from .people import Named


@dataclass(frozen=True, slots=True)
class Told:
    """An event about a shopper. `fields` as the tracking spec has them; `message_id` makes saying it twice harmless."""

    about: Named
    type: str
    message_id: str
    fields: dict[str, Any]


def tell(scope: Scope, events: Sequence[Told], now: dt.datetime) -> int:
    """Store the events, in the caller's transaction when there is one; how many were new.

    A shopper who is known by an e-mail address alone can't be named in an event, and is left out.
    """
    raws = []
    for event in events:
        field = {"user_id": "userId", "anonymous_id": "anonymousId"}.get(event.about.kind)
        if field is None:
            continue
        raws.append(
            orjson.dumps(
                {
                    "type": event.type,
                    "messageId": event.message_id,
                    field: event.about.value,
                    "timestamp": now.isoformat(),
                    **event.fields,
                }
            )
        )
    return accept(scope, raws, source="journeys", received=now).fresh
