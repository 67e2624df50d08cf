"""Profiles for many user ids at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from django.db import connection, transaction
from psycopg import Cursor

from compliance import consent
from compliance.suppression import refused
from tenants import vault
from tenants.crypto import blind_index, seal
from tenants.scope import Scope

from ..processing.addresses import IMPORT, note_identifiers

PORTION = 5_000
Span = tuple[dt.datetime, dt.datetime]
Thing = TypeVar("Thing")


def ensure_profiles(scope: Scope, spans: Mapping[str, Span]) -> dict[str, int]:
    """User id → profile, made where missing. `spans`: first and last time each was seen, for the new ones.

    Erased people are left out. Short transactions of 5,000 shoppers, so that no worker waits long; running twice is harmless.
    """
    found: dict[str, int] = {}
    for portion in portions(list(spans)):
        with transaction.atomic():
            connection.ensure_connection()
            with Cursor(connection.connection) as cursor:
                found.update(_ensure(cursor, scope, portion, spans))
    return found


def portions(things: Sequence[Thing], size: int = PORTION) -> Iterator[list[Thing]]:
    for start in range(0, len(things), size):
        yield list(things[start : start + size])


def _ensure(cursor: Cursor, scope: Scope, users: list[str], spans: Mapping[str, Span]) -> dict[str, int]:
    schema = scope.schema
    user_of = {user: blind_index(scope.tenant_id, "user_id", user) for user in users}
    blind_of = {blind: user for user, blind in user_of.items()}
    known = _known(cursor, schema, list(blind_of))
    new = sorted(blind_of.keys() - known.keys())
    if new:
        erased = {user for _, user in refused(cursor, scope, (("user_id", blind_of[b]) for b in new))}
        new = [blind for blind in new if blind_of[blind] not in erased]
    if new:
        keys = vault.person_keys(scope.tenant_id, new)
        uuids = [uuid.uuid4() for _ in new]
        ids: dict[uuid.UUID, int] = dict(
            cursor.execute(
                f"""INSERT INTO "{schema}".profiles_profile
                        (uuid, unit, traits_sealed, features, counters, consent_personalisation, version,
                         first_seen_at, last_seen_at)
                    SELECT uuid, unit, '', '{{}}', '{{}}', {consent.default_sql("personalisation")}, 0, first, last
                    FROM unnest(%b::uuid[], %b::bytea[], %b::timestamptz[], %b::timestamptz[])
                         AS t(uuid, unit, first, last)
                    RETURNING uuid, id""",
                [
                    schema,
                    uuids,
                    new,
                    [spans[blind_of[b]][0] for b in new],
                    [spans[blind_of[b]][1] for b in new],
                ],
                binary=True,
            ).fetchall()
        )
        rows = cursor.execute(
            f"""INSERT INTO "{schema}".profiles_identifier (profile_id, kind, blind, value_sealed, created_at)
                SELECT profile_id, 'user_id', blind, sealed, now()
                FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[]) AS t(profile_id, blind, sealed) ORDER BY blind
                ON CONFLICT (blind) DO NOTHING RETURNING profile_id""",
            [[ids[u] for u in uuids], new, [seal(keys[b], blind_of[b].strip().encode()) for b in new]],
            binary=True,
        ).fetchall()
        made = {row[0] for row in rows}
        named = [(ids[u], "user_id", blind_of[b]) for u, b in zip(uuids, new, strict=True) if ids[u] in made]
        note_identifiers(cursor, scope, named, source=IMPORT)
        # A worker was faster for some of them: their profiles stay, ours go.
        unused = list(set(ids.values()) - made)
        if unused:
            cursor.execute(f'DELETE FROM "{schema}".profiles_profile WHERE id = ANY(%s)', [unused])
        known = _known(cursor, schema, list(blind_of))
    return {user: known[blind] for user, blind in user_of.items() if blind in known}


def _known(cursor: Cursor, schema: str, blinds: list[bytes]) -> dict[bytes, int]:
    rows = cursor.execute(
        f'SELECT blind, profile_id FROM "{schema}".profiles_identifier WHERE blind = ANY(%b::bytea[])',
        [blinds],
        binary=True,
    ).fetchall()
    return dict(rows)
