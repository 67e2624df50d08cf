"""The world of a batch: whatever a node asks is read once for all shoppers of the batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from psycopg import Cursor

from compliance.consent import allowed
from experiments.exposures import Exposure
from experiments.running import Running
from experiments.running import running as running_experiments
from tenants.scope import Scope

from ..cart import Cart, read_carts, with_start
from ..local_time import zone_named
from ..nodes.base import Enrolled
from .people import Person, open_context, read_people


class BatchWorld:
    """Answers nodes' questions (nodes.base.World) for the shoppers of one batch, at the batch's time."""

    def __init__(self, cursor: Cursor, scope: Scope, everybody: Iterable[Enrolled], now: dt.datetime) -> None:
        self._cursor = cursor
        self._scope = scope
        self._profiles = sorted({who.profile_id for who in everybody})
        self._now = now
        self._people: dict[int, Person] | None = None
        self._carts: dict[int, Cart] | None = None
        self._contexts: dict[int, dict[str, Any]] = {}
        self._consents: dict[tuple[str, str], set[int]] = {}
        self._members: dict[str, set[int]] = {}
        self._experiments: Running | None = None
        self.exposures: list[Exposure] = []

    def person(self, who: Enrolled) -> Person | None:
        if self._people is None:
            self._people = read_people(self._cursor, self._scope, self._profiles)
        return self._people.get(who.profile_id)

    def feature(self, who: Enrolled, name: str) -> Any:
        person = self.person(who)
        return person.feature(name, self._now) if person else None

    def trait(self, who: Enrolled, name: str) -> Any:
        person = self.person(who)
        return person.traits.get(name) if person else None

    def noted(self, who: Enrolled, traits: dict[str, Any]) -> None:
        person = self.person(who)
        if person:
            person.traits.update(traits)

    def event(self, who: Enrolled) -> dict[str, Any]:
        if who.id not in self._contexts:
            self._contexts[who.id] = open_context(self._scope, bytes(who.unit), bytes(who.context))
        return self._contexts[who.id]

    def cart(self, who: Enrolled) -> tuple[str, ...]:
        if self._carts is None:
            self._carts = read_carts(self._cursor, self._scope.schema, self._profiles, self._now)
        cart = self._carts.get(who.profile_id)
        return with_start(cart.items if cart else (), self.event(who))

    def in_segment(self, who: Enrolled, key: str) -> bool:
        if key not in self._members:
            self._members[key] = read_members(self._cursor, self._scope.schema, key, self._profiles)
        return who.profile_id in self._members[key]

    def consented(self, who: Enrolled, purpose: str, channel: str) -> bool:
        asked = (purpose, channel)
        if asked not in self._consents:
            self._consents[asked] = allowed(self._scope.schema, self._profiles, purpose, channel)
        return who.profile_id in self._consents[asked]

    def zone(self, who: Enrolled) -> dt.tzinfo:
        otherwise = zone_named(self._scope.time_zone) or dt.UTC
        person = self.person(who)
        return person.zone(otherwise) if person else otherwise

    def arm(self, who: Enrolled, experiment: str) -> str | None:
        if not self.consented(who, "personalisation", ""):
            return None
        if self._experiments is None:
            self._experiments = running_experiments(self._scope.schema)
        now = self._experiments
        subject = f"experiment:{experiment}"
        # Who signed in since they enrolled has another unit now, the one that what they buy counts for.
        person = self.person(who)
        unit = person.unit if person else bytes(who.unit)
        wanted = now.segments_of(subject)
        segments = frozenset(
            segment for segment in wanted if who.profile_id in self._members_by_id(segment)
        ) if wanted else None  # fmt: skip
        variant = None
        for arm in now.assign(unit, subject=subject, segments=segments):
            self.exposures.append(
                Exposure(
                    arm.experiment_id,
                    arm.variant_id,
                    unit,
                    self._now,
                    "journey",
                    f"journey:{who.journey_id}:{who.node}",
                )
            )
            if arm.experiment_key == experiment:
                variant = arm.variant_key
        return variant

    def _members_by_id(self, segment_id: int) -> set[int]:
        name = f"#{segment_id}"
        if name not in self._members:
            rows = self._cursor.execute(
                f"""SELECT profile_id FROM "{self._scope.schema}".profiles_segmentmember
                    WHERE segment_id = %b AND profile_id = ANY(%b::bigint[])""",
                [segment_id, self._profiles],
            ).fetchall()
            self._members[name] = {row[0] for row in rows}
        return self._members[name]


def read_members(cursor: Cursor, schema: str, key: str, profile_ids: Iterable[int]) -> set[int]:
    """Who of the profiles is in the segment of that key; nobody when there is no such segment."""
    rows = cursor.execute(
        f"""SELECT m.profile_id FROM "{schema}".profiles_segment s
            JOIN "{schema}".profiles_segmentmember m ON m.segment_id = s.id
            WHERE s.key = %b AND m.profile_id = ANY(%b::bigint[])""",
        [key, list(profile_ids)],
    ).fetchall()
    return {row[0] for row in rows}
