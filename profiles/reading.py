"""One shopper, readable, in one query, and one more for keys that this process does not remember."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection
from psycopg import Cursor

from tenants import vault
from tenants.crypto import Unreadable, blind_index, unseal
from tenants.scope import Scope

from .days import calendar
from .features.fallback import features_of
from .models import Interaction
from .segments.selectors import Membership
from .selectors import traits_of
from .traits.states import kept

_KINDS = {int(kind): str(kind.name).lower() for kind in Interaction.Kind}


@dataclass(slots=True)
class Shopper:
    """A profile's row as selectors read it, with what lies around it."""

    pk: int
    uuid: uuid.UUID
    traits_sealed: bytes
    features: dict[str, Any]
    counters: dict[str, Any]
    computed: dict[str, Any]
    version: int
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What an erasure made unreadable is left out. `computed_traits` by key."""

    shopper: Shopper
    identifiers: list[dict[str, str]]
    traits: dict[str, Any]
    features: dict[str, dict[str, Any]]
    computed_traits: dict[str, Any]
    segments: list[Membership]
    events: int
    interactions: dict[str, int]


def read_shopper(scope: Scope, kind: str, value: str, now: dt.datetime | None = None) -> Reading | None:
    """Everything known about the shopper whom an identifier names; None for nobody. `kind` as Identifier.Kind."""
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        row = cursor.execute(
            _query(scope.schema), [blind_index(scope.tenant_id, kind, value)], prepare=True, binary=True
        ).fetchone()
    if row is None:
        return None
    shopper = Shopper(
        row[0],
        row[1],
        bytes(row[2]),
        orjson.loads(row[3]),
        orjson.loads(row[4]),
        orjson.loads(row[5]),
        *row[6:9],
    )
    names = list(zip(row[9] or [], row[10] or [], row[11] or [], strict=True))
    # The traits' key and those of the names with one look-up.
    keys = vault.existing_person_keys(
        scope.tenant_id, {shopper.uuid.bytes, *(blind for _, blind, _ in names)}
    )
    days = calendar(scope.time_zone)
    day = days.today(None if now is None else now.timestamp())
    return Reading(
        shopper,
        _identifiers(names, keys),
        traits_of(scope, shopper),
        features_of(scope, shopper, now or dt.datetime.now(dt.UTC)),
        {
            key: kept(number, digest, definition).measure.value(shopper.computed.get(str(number)), day, days)
            for key, number, digest, definition in orjson.loads(row[15] or b"[]")
        },
        [
            Membership(m[0], m[1], m[2], dt.datetime.fromisoformat(m[3]))
            for m in orjson.loads(row[12] or b"[]")
        ],
        row[13],
        {_KINDS[int(k)]: n for k, n in orjson.loads(row[14] or b"{}").items() if int(k) in _KINDS},
    )


def _identifiers(names: list[tuple[str, bytes, bytes]], keys: dict[bytes, bytes]) -> list[dict[str, str]]:
    """[{kind, value}], oldest first."""
    found = []
    for kind, blind, sealed in names:
        key = keys.get(bytes(blind))
        if key is None:
            continue
        try:
            found.append({"kind": kind, "value": unseal(key, bytes(sealed)).decode()})
        except Unreadable:
            continue
    return found


def _query(schema: str) -> str:
    identifier, s = f'"{schema}".profiles_identifier', f'"{schema}"'
    return f"""
        SELECT p.id, p.uuid, p.traits_sealed, p.features::text, p.counters::text, p.computed::text, p.version,
            p.first_seen_at, p.last_seen_at, k.kinds, k.blinds, k.sealed,
            (SELECT json_agg(json_build_array(g.id, g.key, g.name, m.entered_at) ORDER BY g.name)::text
                FROM {s}.profiles_segmentmember m
                JOIN {s}.profiles_segment g ON g.id = m.segment_id AND g.status = 'live' WHERE m.profile_id = p.id),
            (SELECT count(*) FROM {s}.profiles_event e WHERE e.profile_id = p.id),
            (SELECT json_object_agg(kind, n)::text FROM (
                SELECT kind, count(*) AS n FROM {s}.profiles_interaction i WHERE i.profile_id = p.id GROUP BY kind) AS c),
            (SELECT json_agg(json_build_array(t.key, a.id, a.digest, a.definition::text) ORDER BY t.key)::text
                FROM {s}.profiles_computedtrait t JOIN {s}.profiles_aggregate a ON a.id = t.shown_id
                WHERE t.status = 'live')
        FROM {identifier} i JOIN {s}.profiles_profile p ON p.id = i.profile_id
        CROSS JOIN LATERAL (
            SELECT array_agg(n.kind::text ORDER BY n.id) AS kinds, array_agg(n.blind ORDER BY n.id) AS blinds,
                   array_agg(n.value_sealed ORDER BY n.id) AS sealed
            FROM {identifier} n WHERE n.profile_id = p.id) AS k
        WHERE i.blind = %b"""
