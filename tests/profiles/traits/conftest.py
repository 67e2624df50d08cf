"""Computed traits as tests make them: computed of everybody at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from profiles.models import Profile
from profiles.segments.moments import today
from profiles.traits import services
from profiles.traits.measure import parse
from profiles.traits.models import ComputedTrait
from tenants.db import tenant_connection
from tenants.scope import Scope

from ..segments.conftest import cursor, live, members, pass_over, streaming  # noqa: F401


@pytest.fixture
def trait(scope: Scope, pass_over: Callable[[], None]) -> Callable[..., ComputedTrait]:  # noqa: F811
    """`trait("Shares", event="Wishlist Shared", …)`: live; `built=False` leaves the past to a later `pass_over`."""

    def make(name: str, *, built: bool = True, **definition: Any) -> ComputedTrait:
        with tenant_connection(scope.schema):
            made = services.create_trait(scope, services.TraitForm(name, definition), actor="test")
        if built:
            pass_over()
        return made

    return make


@pytest.fixture
def value(scope: Scope) -> Callable[..., Any]:
    """`value(trait, profile)`: what the trait's states say today."""

    def read(trait: ComputedTrait, profile: Profile | None) -> Any:
        with tenant_connection(scope.schema):
            trait.refresh_from_db()
            assert profile is not None
            profile.refresh_from_db()
            assert trait.shown_id is not None, "not computed yet"
            return parse(trait.definition).value(profile.computed.get(str(trait.shown_id)), today())

    return read
