"""Whether a kind of identifier is known of the shopper."""

from __future__ import annotations

from typing import Literal

from ...models import Identifier
from ..build import Build, Facts
from .base import Condition

_NAMES = dict(Identifier.Kind.choices)


class IdentifierCondition(Condition, tag="identifier", frozen=True):
    """E-mail addresses and phone numbers that came as traits count too: the profile notes that there is one."""

    kind: Literal["user_id", "anonymous_id", "email", "phone"] = "email"
    known: bool = True

    def sql(self, build: Build) -> str:
        has = (
            f"p.id IN (SELECT k.profile_id FROM {build.table('profiles_identifier')} k"
            f" WHERE {build.within('k.profile_id')} AND k.profile_id IS NOT NULL AND k.kind = '{self.kind}')"
        )
        if self.kind in ("email", "phone"):
            has = f"({has} OR coalesce((p.features -> 'contact') ? '{self.kind}', false))"
        return has if self.known else f"NOT {has}"

    def words(self, facts: Facts) -> str:
        name = str(_NAMES[self.kind])
        name = name[0].lower() + name[1:]
        return f"{name} is {'known' if self.known else 'not known'}"
