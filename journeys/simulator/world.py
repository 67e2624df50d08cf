"""One shopper over a virtual clock: who they are, what they agreed to, what they did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from psycopg import Cursor

from compliance.consent import allowed
from experiments.running import running as running_experiments
from profiles.segments.selectors import segments_of
from tenants.scope import Scope

from ..cart import Cart, read_carts
from ..delivery.claim import contacts
from ..engine.people import Named, Person, read_names, read_people
from ..engine.world import read_members
from ..local_time import zone_named
from ..nodes.base import Enrolled

INVENTED_UNIT = bytes(16)


class OneShopper:
    """Answers nodes' questions (nodes.base.World). Without a profile: an invented shopper who agreed to everything.

    Features and segments are those of today, whatever the clock says. Traits that the journey sets are seen by the steps
    after it; the cart is what lay in it at the start, and what happens to it from then on.

    `personal`: whether who asks may know who the shopper is. If not, `traits`, which steps and messages read, begin
    empty: also a yes or no to a question about them would tell, asked often enough.
    """

    def __init__(
        self,
        cursor: Cursor,
        scope: Scope,
        profile_id: int | None,
        start: dt.datetime,
        *,
        personal: bool = True,
    ) -> None:
        self._cursor, self._scope = cursor, scope
        self.now = start
        self.profile_id = profile_id or 0
        self.invented = profile_id is None
        found = read_people(cursor, scope, [profile_id]).get(profile_id) if profile_id is not None else None
        made_up = {"first_name": "Alex", "email": "alex@example.com"} if self.invented else {}
        self.person = found or Person(0, INVENTED_UNIT, made_up, {}, {})
        self.traits: dict[str, Any] = dict(self.person.traits) if personal or self.invented else {}
        names = read_names(cursor, scope, [profile_id]) if profile_id is not None else {}
        self.names: Sequence[Named] = names.get(self.profile_id, ())
        self.context: dict[str, Any] = {}
        self.sent: list[dt.datetime] = []
        self.basket = Cart()
        if profile_id is not None:
            self.basket = read_carts(cursor, scope.schema, [profile_id], start).get(profile_id, self.basket)
            self.sent = contacts(cursor, scope.schema, [profile_id]).get(profile_id, [])

    def feature(self, who: Enrolled, name: str) -> Any:
        return self.person.feature(name, self.now)

    def trait(self, who: Enrolled, name: str) -> Any:
        return self.traits.get(name)

    def noted(self, who: Enrolled, traits: dict[str, Any]) -> None:
        self.person.traits.update(traits)
        self.traits.update(traits)

    def event(self, who: Enrolled) -> dict[str, Any]:
        return self.context

    def cart(self, who: Enrolled | None = None) -> tuple[str, ...]:
        return self.basket.items

    def in_segment(self, who: Enrolled, key: str) -> bool:
        if self.invented:
            return False
        return bool(read_members(self._cursor, self._scope.schema, key, [self.profile_id]))

    def consented(self, who: Enrolled, purpose: str, channel: str) -> bool:
        return self.agrees(purpose, channel)

    def agrees(self, purpose: str, channel: str) -> bool:
        if self.invented:
            return True
        return bool(allowed(self._scope.schema, [self.profile_id], purpose, channel))

    def zone(self, who: Enrolled | None = None) -> dt.tzinfo:
        return self.person.zone(zone_named(self._scope.time_zone) or dt.UTC)

    def arm(self, who: Enrolled, experiment: str) -> str | None:
        if not self.consented(who, "personalisation", ""):
            return None
        subject = f"experiment:{experiment}"
        now = running_experiments(self._scope.schema)
        segments: frozenset[int] | None = None
        if now.segments_of(subject) and not self.invented:
            segments = segments_of(self._scope.schema, [self.profile_id]).get(self.profile_id)
        arms = now.assign(self.person.unit, subject=subject, segments=segments)
        return next((arm.variant_key for arm in arms if arm.experiment_key == experiment), None)
