"""Personal data of this room: who is in a journey, and every message to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from django.db import connection

from compliance.registry import Person, Store, impersonal, register
from compliance.tables import Family, Rows, by_profile, family_store, plain
from tenants import vault
from tenants.crypto import Unreadable, unseal

register(
    family_store(
        "Journeys the person was in",
        "journeys_enrolment",
        "profile_id",
        by_profile,
        [("journeys_step", "enrolment_id")],
        covers=("journeys.Enrolment.*", "journeys.Step.*"),
        order=12,
        shown=("journey_id", "node", "entered_at", "finished_at", "outcome", "reason", "goal_at"),
    )
)


def _sealed(table: str, columns: str) -> Any:
    def export(person: Person) -> Iterator[dict[str, Any]]:
        """Messages as they were sent, as far as they can still be read."""
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT unit, content, {columns} FROM "{person.scope.schema}"."{table}" WHERE profile_id = ANY(%s)',
                [list(person.profile_ids)],
            )
            names = [column.name for column in cursor.description][2:]
            rows = cursor.fetchall()
        keys = vault.existing_person_keys(person.scope.tenant_id, {bytes(row[0]) for row in rows})
        for unit, content, *values in rows:
            shown = dict(zip(names, map(plain, values), strict=True))
            yield {**shown, "content": _opened(keys.get(bytes(unit)), bytes(content))}

    return export


def _opened(key: bytes | None, content: bytes) -> Any:
    if key is None or not content:
        return None
    try:
        return orjson.loads(unseal(key, content))
    except (Unreadable, orjson.JSONDecodeError):
        return None


_messages = Family("journeys_message", "profile_id", by_profile, [("journeys_delivery", "message_id")])
register(
    Store(
        "Messages",
        ("journeys.Message.*", "journeys.Delivery.*"),
        _sealed(
            "journeys_message", "channel, state, reason, created_at, attempted_at, opened_at, clicked_at"
        ),
        _messages.erase,
        _messages.verify,
        order=13,
    )
)
_inbox = Rows("journeys_inboxmessage", "profile_id", by_profile)
register(
    Store(
        "Sandbox inbox",
        ("journeys.InboxMessage.*",),
        _sealed("journeys_inboxmessage", "channel, at"),
        _inbox.erase,
        _inbox.verify,
        order=14,
    )
)
impersonal(
    "journeys.Journey.*",
    "journeys.JourneyVersion.*",
    "journeys.MessageTemplate.*",
    "journeys.ChannelEndpoint.*",
    reason="what the merchant designs and sets up",
)
impersonal(
    "journeys.EventName.*", "journeys.NodeCount.*", reason="names of events and counts over all shoppers"
)
impersonal(
    "journeys.Suppression.*",
    reason="keyed hashes of addresses that want no messages; kept so that their owner's no outlives their data",
)
