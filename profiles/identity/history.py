"""The history of a shopper's identity: what merged, what was given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from psycopg import Cursor


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of IdentityChange; `what` as its choices. `actor`: empty when it followed from events or rules."""

    what: str
    kept: int
    other: int
    event_id: int | None = None
    actor: str = ""
    why: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def note(cursor: Cursor, schema: str, entries: Sequence[Entry]) -> None:
    """Write entries in the caller's transaction."""
    if not entries:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_identitychange (what, at, kept_id, other_id, event_id, actor, why, facts)
            SELECT what, now(), kept, other, event, actor, why, facts::jsonb
            FROM unnest(%b::text[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[])
                 AS t(what, kept, other, event, actor, why, facts)""",
        [
            [e.what for e in entries],
            [e.kept for e in entries],
            [e.other for e in entries],
            [e.event_id for e in entries],
            [e.actor for e in entries],
            [e.why for e in entries],
            [orjson.dumps(e.facts).decode() for e in entries],
        ],
    )


def note_left(cursor: Cursor, schema: str, profiles: Sequence[int], events: int) -> None:
    """Say on the shoppers' pages, once a day, that they have more than can be given to whom it belongs."""
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_identitychange (what, at, kept_id, other_id, actor, why, facts)
            SELECT 'left', now(), t.id, t.id, '', '', jsonb_build_object('events', %b::bigint)
            FROM unnest(%b::bigint[]) AS t(id) JOIN "{schema}".profiles_profile p ON p.id = t.id
            WHERE NOT EXISTS (SELECT 1 FROM "{schema}".profiles_identitychange c
                WHERE c.kept_id = t.id AND c.what = 'left' AND c.at > now() - interval '1 day')""",
        [events, list(profiles)],
    )
