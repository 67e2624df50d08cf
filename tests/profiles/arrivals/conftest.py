"""The door, the worker, and what they found about events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from profiles.arrivals import rules, tallies
from profiles.models import ArrivalRules, EventCount
from tenants.db import tenant_connection
from tenants.scope import Scope

from ..conftest import no_hints, no_subscribers, process, rows, send, shopper  # noqa: F401


@pytest.fixture
def flags(rows: Callable[..., Any]) -> Callable[[], list[int]]:  # noqa: F811
    """Flags of the stored events, in the order in which they came."""
    return lambda: [flags for (flags,) in rows("SELECT flags FROM {s}.profiles_event ORDER BY id")]


@pytest.fixture
def say(scope: Scope) -> Callable[..., None]:
    """`say(by_agent=False)`: the merchant's rules."""

    def hold(**fields: Any) -> None:
        with tenant_connection(scope.schema):
            rules.save(ArrivalRules(**fields), actor="test", schema=scope.schema)
        rules.forget()

    return hold


@pytest.fixture
def counted(scope: Scope) -> Callable[[], dict[tuple[str, int], int]]:
    """(name, outcome) → events, of the folded counts."""

    def read() -> dict[tuple[str, int], int]:
        with tenant_connection(scope.schema):
            tallies.fold(scope.schema)
            return {(c.name, c.outcome): c.events for c in EventCount.objects.all()}

    return read
