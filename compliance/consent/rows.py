"""Consents in the database: what holds now, and the history that only grows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from psycopg import Cursor

from .words import Choice, State, States, Word


def states(cursor: Cursor, schema: str, profile_ids: Iterable[int]) -> dict[int, States]:
    """What is on record for some shoppers, by (purpose, channel); nobody without a record is in it."""
    rows = cursor.execute(
        f"""SELECT profile_id, purpose, channel, granted, lawful_basis, source, text_version, at, confirmed_at, actor
            FROM "{schema}".compliance_consent WHERE profile_id = ANY(%b::bigint[])""",
        [list(profile_ids)],
        prepare=True,
        binary=True,
    ).fetchall()
    found: dict[int, States] = {}
    for profile_id, purpose, channel, granted, basis, source, text, at, confirmed_at, actor in rows:
        choice = Choice(purpose, channel, granted, basis, source, text)
        found.setdefault(profile_id, {})[purpose, channel] = State(choice, at, confirmed_at, actor)
    return found


def append(cursor: Cursor, schema: str, words: Sequence[Word]) -> None:
    # What a replayed event says again is in the history already.
    cursor.execute(
        f"""INSERT INTO "{schema}".compliance_consentrecord
                ({_COLUMNS}, origin, recorded_at)
            SELECT t.*, now() FROM unnest({_TYPES}, %b::bigint[]) AS t({_COLUMNS}, origin)
            WHERE NOT EXISTS (SELECT 1 FROM "{schema}".compliance_consentrecord h
                WHERE (h.profile_id, h.purpose, h.channel, h.granted, h.text_version, h.at)
                    = (t.profile_id, t.purpose, t.channel, t.granted, t.text_version, t.at))""",
        [*_columns([(w.profile_id, w.choice, w.actor, w.at) for w in words]), [w.origin for w in words]],
    )


def keep(cursor: Cursor, schema: str, rows: Sequence[tuple[int, State]]) -> None:
    if not rows:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".compliance_consent AS c
                (profile_id, purpose, channel, granted, lawful_basis, source, text_version, actor, at, confirmed_at)
            SELECT {_COLUMNS}, confirmed_at FROM unnest({_TYPES}, %b::timestamptz[]) AS t({_COLUMNS}, confirmed_at)
            ON CONFLICT (profile_id, purpose, channel) DO UPDATE SET granted = EXCLUDED.granted,
                lawful_basis = EXCLUDED.lawful_basis, source = EXCLUDED.source, text_version = EXCLUDED.text_version,
                actor = EXCLUDED.actor, at = EXCLUDED.at, confirmed_at = EXCLUDED.confirmed_at""",
        [*_columns([(p, s.choice, s.actor, s.at) for p, s in rows]), [s.confirmed_at for _, s in rows]],
    )


def history(cursor: Cursor, schema: str, profile_ids: Iterable[int]) -> list[tuple[int, Word]]:
    """(number, word) of everything that these shoppers said, oldest first."""
    rows = cursor.execute(
        f"""SELECT id, profile_id, purpose, channel, granted, lawful_basis, source, text_version, at, actor, origin
            FROM "{schema}".compliance_consentrecord WHERE profile_id = ANY(%b::bigint[]) ORDER BY at, id""",
        [list(profile_ids)],
        binary=True,
    ).fetchall()
    return [
        (number, Word(profile, Choice(purpose, channel, granted, basis, source, text), at, actor, origin))
        for number, profile, purpose, channel, granted, basis, source, text, at, actor, origin in rows
    ]


_COLUMNS = "profile_id, purpose, channel, granted, lawful_basis, source, text_version, actor, at"
_TYPES = (
    "%b::bigint[], %b::text[], %b::text[], %b::boolean[], %b::text[], %b::text[], %b::text[], %b::text[], "
    "%b::timestamptz[]"
)


def _columns(rows: Sequence[tuple[int, Choice, str, dt.datetime]]) -> list[list[object]]:
    columns: list[list[object]] = [[] for _ in range(9)]
    for profile_id, c, actor, at in rows:
        values = (
            profile_id, c.purpose, c.channel, c.granted, c.lawful_basis, c.source, c.text_version, actor, at,
        )  # fmt: skip
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    return columns
