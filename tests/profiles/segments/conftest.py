"""Segments as tests make them: live at once, with everybody judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from psycopg import Cursor

from profiles.segments import recompute, services
from profiles.segments.forms import SegmentForm
from profiles.segments.models import Segment, SegmentMember
from tenants.db import tenant_connection
from tenants.scope import Scope

# The door and the worker.
from ..conftest import no_hints, no_subscribers, process, rows, send, shopper  # noqa: F401

STREAM = "profiles.segments.streaming.on_events"
heard: list[Any] = []


def remember(scope: Scope, changes: Any) -> None:
    heard.extend(changes)


def all_of(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "all", "of": list(parts)}


def any_of(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "any", "of": list(parts)}


def none_of(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "not", "of": list(parts)}


def act(verb: str = "viewed", **fields: Any) -> dict[str, Any]:
    return {"type": "act", "act": verb, **fields}


def in_segment(key: str, **fields: Any) -> dict[str, Any]:
    return {"type": "segment", "segment": key, **fields}


@pytest.fixture
def streaming(settings: Any) -> None:
    """Segments follow the batches; what is told to subscribers is in `heard`."""
    settings.EVENT_SUBSCRIBERS = [STREAM]
    settings.SEGMENT_SUBSCRIBERS = [f"{__name__}.remember"]
    heard.clear()


@pytest.fixture
def live(scope: Scope, pass_over: Callable[[], None]) -> Callable[..., Segment]:
    """`live("Viewers", definition)`: a live segment that has judged everybody there is."""

    def make(name: str, definition: dict[str, Any], *, draft: bool = False) -> Segment:
        with tenant_connection(scope.schema):
            segment = services.create_segment(scope, SegmentForm(name, definition), actor="test")
            if not draft:
                services.go_live(scope, segment, actor="test")
        pass_over()
        return segment

    return make


@pytest.fixture
def pass_over(scope: Scope) -> Callable[[], None]:
    """Finish every pass that waits."""

    def run() -> None:
        with tenant_connection(scope.schema):
            while recompute.run_turn(scope):
                pass

    return run


@pytest.fixture
def members(scope: Scope) -> Callable[[Segment], set[int]]:
    def read(segment: Segment) -> set[int]:
        with tenant_connection(scope.schema):
            return set(
                SegmentMember.objects.filter(segment_id=segment.pk).values_list("profile_id", flat=True)
            )

    return read


@pytest.fixture
def cursor(scope: Scope) -> Any:
    """The connection's own cursor, looking into the tenant."""
    with tenant_connection(scope.schema):
        connection.ensure_connection()
        with Cursor(connection.connection) as own:
            yield own
