"""What is known of the shoppers of a batch: rows, traits, identifiers, read for all of them at the first question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from psycopg import Cursor

from profiles.days import UTC_DAYS, Calendar, calendar
from profiles.features.fallback import features_of
from profiles.features.selector import shopper_features
from profiles.identity.traits import opened
from profiles.traits.selectors import Shown, shown_traits, values
from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from ..local_time import zone_named

ZONE_TRAITS = ("timezone", "time_zone", "timeZone")


@dataclass(slots=True)
class Person:
    """A profile's row. `features`, `counters` and `computed` as the profile keeps them; `traits` is empty when its key is
    gone. `shown`: the tenant's computed traits."""

    id: int
    unit: bytes
    traits: dict[str, Any]
    features: dict[str, Any]
    counters: dict[str, Any]
    computed: dict[str, Any] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    days: Calendar = UTC_DAYS
    version: int = 0
    scope: Scope | None = None  # of somebody who is stored
    _values: dict[str, Any] = field(default_factory=dict)

    def feature(self, name: str, now: dt.datetime) -> Any:
        if not self._values:
            self._values.update(self.features_at(now))
            self._values.update({f"traits.{key}": v for key, v in self.computed_traits(now).items()})
        return self._values.get(name)

    def features_at(self, now: dt.datetime) -> dict[str, Any]:
        """Feature → value, whatever its group; made on the fly where the row can't be read."""
        if self.scope is None:
            groups = shopper_features(self, now, self.days)
        else:
            groups = features_of(self.scope, self, now)
        return {name: value for group in groups.values() for name, value in group.items()}

    @property
    def pk(self) -> int:
        return self.id

    def computed_traits(self, now: dt.datetime) -> dict[str, Any]:
        """Key → value, as `shopper.traits` in templates."""
        return values(self.shown, self.computed, self.days.today(now.timestamp()))

    def zone(self, otherwise: dt.tzinfo) -> dt.tzinfo:
        for name in ZONE_TRAITS:
            said = self.traits.get(name)
            if isinstance(said, str) and said:
                found = zone_named(said)
                if found is not None:
                    return found
        return otherwise


@dataclass(frozen=True, slots=True)
class Named:
    """An identifier, readable."""

    kind: str
    value: str
    blind: bytes


# Which identifier stands for the shopper where one is needed.
_RANK = {"user_id": 0, "email": 1, "phone": 2, "anonymous_id": 3}


def read_people(cursor: Cursor, scope: Scope, profile_ids: Iterable[int]) -> dict[int, Person]:
    """Two queries, and one for keys that this process does not remember. Profiles that are gone are absent."""
    rows = cursor.execute(
        f"""SELECT id, unit, uuid, traits_sealed, features::text, counters::text, computed::text, version
            FROM "{scope.schema}".profiles_profile WHERE id = ANY(%b::bigint[])""",
        [list(set(profile_ids))],
        binary=True,
        prepare=True,
    ).fetchall()
    keys = vault.existing_person_keys(
        scope.tenant_id, {uuid.bytes for _, _, uuid, sealed, *_ in rows if sealed}
    )
    people = {}
    shown = shown_traits(cursor, scope.schema) if rows else []
    days = calendar(scope.time_zone)
    for profile_id, unit, uuid, sealed, features, counters, computed, version in rows:
        traits = {}
        key = keys.get(uuid.bytes)
        if sealed and key is not None:
            try:
                traits = opened(unseal(key, sealed))
            except Unreadable:
                traits = {}
        people[profile_id] = Person(
            profile_id,
            bytes(unit),
            traits,
            orjson.loads(features),
            orjson.loads(counters),
            orjson.loads(computed),
            shown,
            days,
            version,
            scope,
        )
    return people


def read_names(cursor: Cursor, scope: Scope, profile_ids: Iterable[int]) -> dict[int, list[Named]]:
    """The identifiers of profiles that can be read, the one that stands for the shopper first."""
    rows = cursor.execute(
        f"""SELECT profile_id, kind, value_sealed, blind FROM "{scope.schema}".profiles_identifier
            WHERE profile_id = ANY(%b::bigint[]) ORDER BY id""",
        [list(set(profile_ids))],
        binary=True,
        prepare=True,
    ).fetchall()
    keys = vault.existing_person_keys(scope.tenant_id, {bytes(blind) for *_, blind in rows})
    names: dict[int, list[Named]] = {}
    for profile_id, kind, sealed, blind in rows:
        key = keys.get(bytes(blind))
        if key is None:
            continue
        try:
            value = unseal(key, sealed).decode()
        except Unreadable:
            continue
        names.setdefault(profile_id, []).append(Named(kind, value, bytes(blind)))
    for found in names.values():
        found.sort(key=lambda name: _RANK.get(name.kind, 9))
    return names


def open_context(scope: Scope, unit: bytes, sealed: bytes) -> dict[str, Any]:
    """The event that began an enrolment or a message is about; {} when there is none or its key is gone."""
    if not sealed:
        return {}
    key = vault.existing_person_keys(scope.tenant_id, [unit]).get(unit)
    if key is None:
        return {}
    try:
        found: dict[str, Any] = orjson.loads(unseal(key, sealed))
    except Unreadable:
        return {}
    return found
