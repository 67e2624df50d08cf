"""One shopper, readable, in one query: what is sealed comes with the keys that open it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import orjson
from django.db import connection
from psycopg import Cursor

from tenants import vault
from tenants.crypto import Unreadable, blind_index, unseal
from tenants.scope import Scope

from .days import calendar
from .features.fallback import features_of
from .identity.traits import opened
from .models import Interaction
from .segments.selectors import Membership
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
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        row = cursor.execute(
            _query(scope.schema, scope.tenant_id),
            [blind_index(scope.tenant_id, kind, value)],
            prepare=True,
            binary=True,
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
    tenant, days = scope.tenant_id, calendar(scope.time_zone)
    day = days.today(None if now is None else now.timestamp())
    traits = _open(tenant, shopper.uuid.bytes, row[13], shopper.traits_sealed)
    return Reading(
        shopper,
        [
            {"kind": kind, "value": plain.decode()}
            for kind, blind, sealed, wrapped in zip(*(column or () for column in row[9:13]), strict=True)
            if (plain := _open(tenant, bytes(blind), wrapped, sealed)) is not None
        ],
        opened(traits) if traits else {},
        features_of(scope, shopper, now or dt.datetime.now(dt.UTC)),
        {
            key: kept(number, digest, definition).measure.value(shopper.computed.get(str(number)), day, days)
            for key, number, digest, definition in orjson.loads(row[17] or b"[]")
        },
        [
            Membership(m[0], m[1], m[2], dt.datetime.fromisoformat(m[3]))
            for m in orjson.loads(row[14] or b"[]")
        ],
        row[15],
        {_KINDS[int(k)]: n for k, n in orjson.loads(row[16] or b"{}").items() if int(k) in _KINDS},
    )


def _open(tenant_id: int, handle: bytes, wrapped: bytes | None, sealed: bytes) -> bytes | None:
    """What was sealed with a person's key; None when there is nothing, or when the key was destroyed."""
    if wrapped is None or not sealed:
        return None
    try:
        return unseal(vault.unwrapped(tenant_id, handle, wrapped), sealed)
    except Unreadable:
        return None


@lru_cache(maxsize=1024)
def _query(schema: str, tenant_id: int) -> str:
    identifier, s = f'"{schema}".profiles_identifier', f'"{schema}"'
    wrapped = partial(vault.wrapped_key_sql, tenant_id)
    return f"""
        SELECT p.id, p.uuid, p.traits_sealed, p.features::text, p.counters::text, p.computed::text, p.version,
            p.first_seen_at, p.last_seen_at, k.kinds, k.blinds, k.sealed, k.wrapped,
            CASE WHEN p.traits_sealed <> '' THEN {wrapped("uuid_send(p.uuid)")} END,
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
                   array_agg(n.value_sealed ORDER BY n.id) AS sealed,
                   array_agg({wrapped("n.blind")} ORDER BY n.id) AS wrapped
            FROM {identifier} n WHERE n.profile_id = p.id) AS k
        WHERE i.blind = %b"""
