"""Reading shoppers and what they did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import numpy as np
from django.db import connection

from tenants import vault
from tenants.columns import read_columns
from tenants.crypto import Unreadable, blind_index, unseal
from tenants.scope import Scope

from .features.fallback import features_of
from .identity.traits import opened
from .models import Event, Identifier, Interaction, Profile

# Column, expression that the server turns into big-endian bytes, their form, the type handed out.
_COLUMNS = (
    ("profile_id", "int8send(profile_id)", ">i8", np.int64),
    ("item_pk", "int8send(item_id)", ">i8", np.int64),
    ("kind", "int2send(kind)", ">i2", np.uint8),
    ("at", "timestamptz_send(at)", ">i8", np.int64),
    ("quantity", "float8send(quantity)", ">f8", np.float64),
    ("value", "float8send(value)", ">f8", np.float64),
    ("order_key", "int8send(order_key)", ">i8", np.int64),
    ("place", "int4send(place)", ">i4", np.int32),
)
# A value in Postgres may have a gigabyte: so many rows are read at once at most.
_ROWS_AT_ONCE = 20_000_000
_SECONDS_2000 = 946_684_800


def interactions_columns(schema: str, before: dt.datetime | None = None) -> dict[str, np.ndarray]:
    """All interactions (those before a moment) as columns of one length, in no order.

    profile_id, item_pk, order_key int64; kind uint8; at int64 unix seconds; quantity, value float64; place int32.
    Each column comes as one value of bytes: 1.5 million rows in about a second.
    """
    table = f'"{schema}".profiles_interaction'
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(id), max(id) FROM {table}")
        first, last = cursor.fetchone()
    if first is None:
        return _joined([])
    return _joined(
        [
            _read(
                f"{table} WHERE id >= %s AND id < %s AND (%s::timestamptz IS NULL OR at < %s)",
                [start, start + _ROWS_AT_ONCE, before, before],
            )
            for start in range(first, last + 1, _ROWS_AT_ONCE)
        ]
    )


def profile_interactions(profile_ids: Iterable[int]) -> dict[str, np.ndarray]:
    """The interactions of some profiles of the connection's tenant, oldest first; columns as above."""
    schema = connection.schema_name  # type: ignore[attr-defined]  # django-tenants' connection
    source = (
        f'(SELECT * FROM "{schema}".profiles_interaction WHERE profile_id = ANY(%s) ORDER BY at, id) AS mine'
    )
    return _joined([_read(source, [list(profile_ids)])])


def _read(source: str, parameters: list[Any]) -> list[np.ndarray]:
    return read_columns([(expression, form) for _, expression, form, _ in _COLUMNS], source, parameters)


def _joined(parts: list[list[np.ndarray]]) -> dict[str, np.ndarray]:
    columns = {
        name: np.concatenate([part[i].astype(kind) for part in parts] or [np.array([], kind)])
        for i, (name, _, _, kind) in enumerate(_COLUMNS)
    }
    columns["at"] = columns["at"] // 1_000_000 + _SECONDS_2000
    return columns


def find_profile(scope: Scope, kind: str, value: str) -> Profile | None:
    """The shopper whom an identifier names, in the connection's schema. `kind` as Identifier.Kind."""
    blind = blind_index(scope.tenant_id, kind, value)
    return Profile.objects.filter(identifiers__blind=blind).first()


@dataclass(frozen=True)
class ShopperView:
    """A shopper, readable."""

    profile: Profile
    identifiers: list[dict[str, str]]
    traits: dict[str, Any]
    features: dict[str, dict[str, Any]]
    events: int
    interactions: dict[str, int]


def shopper_view(scope: Scope, profile: Profile, now: dt.datetime | None = None) -> ShopperView:
    """Everything known about a shopper, decrypted. What an erasure made unreadable is left out."""
    kinds = dict(Interaction.Kind.choices)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*) FROM profiles_interaction WHERE profile_id = %s GROUP BY kind",
            [profile.pk],
        )
        interactions = {str(Interaction.Kind(k).name).lower(): n for k, n in cursor.fetchall() if k in kinds}
        cursor.execute("SELECT count(*) FROM profiles_event WHERE profile_id = %s", [profile.pk])
        events = int(cursor.fetchone()[0])
    return ShopperView(
        profile,
        identifiers_of(scope, profile),
        traits_of(scope, profile),
        features_of(scope, profile, now or dt.datetime.now(dt.UTC)),
        events,
        interactions,
    )


def identifiers_of(scope: Scope, profile: Profile) -> list[dict[str, str]]:
    """[{kind, value}], oldest first."""
    found = list(Identifier.objects.filter(profile=profile).order_by("pk"))
    keys = vault.existing_person_keys(scope.tenant_id, {bytes(i.blind) for i in found})
    result = []
    for identifier in found:
        key = keys.get(bytes(identifier.blind))
        value = _unsealed(key, identifier.value_sealed)
        if value is not None:
            result.append({"kind": identifier.kind, "value": value.decode()})
    return result


def user_ids_of(scope: Scope, profile_ids: Iterable[int]) -> dict[int, list[str]]:
    """Profile → its user ids, oldest first; whoever has none is absent. Two queries."""
    rows = list(
        Identifier.objects.filter(profile_id__in=list(profile_ids), kind=Identifier.Kind.USER_ID).order_by(
            "pk"
        )
    )
    keys = vault.existing_person_keys(scope.tenant_id, {bytes(row.blind) for row in rows})
    found: dict[int, list[str]] = {}
    for row in rows:
        value = _unsealed(keys.get(bytes(row.blind)), row.value_sealed)
        if value is not None and row.profile_id is not None:
            found.setdefault(row.profile_id, []).append(value.decode())
    return found


class HasTraits(Protocol):
    """A Profile, or anything with these columns of it."""

    uuid: Any
    traits_sealed: Any


def traits_of(scope: Scope, profile: HasTraits) -> dict[str, Any]:
    if not profile.traits_sealed:
        return {}
    keys = vault.existing_person_keys(scope.tenant_id, {profile.uuid.bytes})
    value = _unsealed(keys.get(profile.uuid.bytes), profile.traits_sealed)
    return opened(value)


def _unsealed(key: bytes | None, sealed: bytes | memoryview) -> bytes | None:
    if key is None:
        return None
    try:
        return unseal(key, bytes(sealed))
    except Unreadable:
        return None


def timeline_interactions(profile: Profile, *, limit: int = 50, offset: int = 0) -> list[Interaction]:
    """What the shopper did with items, newest first, items loaded."""
    return list(
        Interaction.objects.filter(profile=profile)
        .select_related("item")
        .order_by("-at", "-pk")[offset : offset + limit]
    )


@dataclass(frozen=True)
class TimelineEvent:
    """An event as it came; `payload` is empty when its person's key is gone."""

    id: int
    type: str
    received_at: dt.datetime
    at: dt.datetime
    name: str
    trusted: bool
    payload: dict[str, Any]


_TYPE_NAMES = {1: "identify", 2: "track", 3: "page", 4: "screen", 5: "group", 6: "alias"}


def timeline_events(
    scope: Scope, profile: Profile, *, limit: int = 50, before: dt.datetime | None = None
) -> list[TimelineEvent]:
    """Events counted for the shopper, newest receipt first; the next page is `before` the last one's receipt."""
    found = Event.objects.filter(profile_id=profile.pk)
    if before is not None:
        found = found.filter(received_at__lt=before)
    events = list(found.order_by("-received_at", "-id")[:limit])
    keys = vault.existing_person_keys(scope.tenant_id, {bytes(e.handle) for e in events})
    return [_timeline_event(e, keys.get(bytes(e.handle))) for e in events]


def _timeline_event(event: Event, key: bytes | None) -> TimelineEvent:
    plain = _unsealed(key, event.payload)
    stored = msgspec.json.decode(plain) if plain is not None else {}
    payload = stored.get("event", {})
    at = dt.datetime.fromtimestamp(stored["at"] / 1e6, dt.UTC) if "at" in stored else event.received_at
    name = str(payload.get("event") or payload.get("name") or "")
    return TimelineEvent(
        event.id,
        _TYPE_NAMES.get(event.type, str(event.type)),
        event.received_at,
        at,
        name,
        event.key_kind != 1,
        payload,
    )
