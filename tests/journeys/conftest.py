"""Journeys as tests build them: small graphs, published; events through the real door."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.db import connection

from compliance.consent import Choice
from journeys import running
from journeys.delivery import breaker
from journeys.delivery.run import deliver_once
from journeys.engine.batch import run_once
from journeys.intake import names
from journeys.models import Enrolment, Journey, Message, MessageTemplate
from journeys.services.drafts import create_journey, publish
from profiles.consents import set_consent
from profiles.processing.batches import run_once as process_events
from profiles.selectors import find_profile
from tenants import vault
from tenants.crypto import unseal
from tenants.db import tenant_connection
from tenants.scope import Scope

from .sinks import HttpSink


@pytest.fixture(autouse=True)
def fresh_journeys() -> None:
    running.forget()
    names.forget()


def graph(
    *steps: tuple[str, dict[str, Any]], edges: list[dict[str, str]] | None = None, **settings: Any
) -> Any:
    """Steps in a row: ("event_trigger", {...}), …, ended by an exit. Keys are n0, n1, …"""
    nodes: list[dict[str, Any]] = [
        {"key": f"n{i}", "type": kind, "config": config} for i, (kind, config) in enumerate(steps)
    ]
    nodes.append({"key": "end", "type": "exit", "config": {}})
    ways = edges
    if ways is None:
        ways = []
        for i, node in enumerate(nodes[:-1]):
            ports = {"wait_until": ("happened", "timeout"), "condition": ("yes", "no")}.get(
                node["type"], ("next",)
            )
            following = nodes[i + 1]["key"]
            ways += [{"from": node["key"], "port": port, "to": following} for port in ports]
    return {"nodes": nodes, "edges": ways, "settings": settings}


TRIGGER = ("event_trigger", {"event": "Product Added"})


@pytest.fixture
def journey(inside: None) -> Any:
    """`journey(*steps, **settings)` publishes a journey and returns it."""

    def make(*steps: tuple[str, dict[str, Any]], **settings: Any) -> Journey:
        made = create_journey("Test", actor="test", graph=graph(*steps, **settings))
        publish(made.pk, actor="test")
        return Journey.objects.get(pk=made.pk)

    return make


@pytest.fixture
def template(inside: None) -> Any:
    def make(key: str = "hello", **fields: Any) -> MessageTemplate:
        given = {
            "name": "Hello",
            "subject": "Hi {{ shopper.first_name | default: 'there' }}",
            "html": "<p>Look at <a href='https://shop.example/x'>this</a></p>",
            **fields,
        }
        return MessageTemplate.objects.create(key=key, **given)

    return make


@pytest.fixture
def no_segments(settings: Any) -> None:
    settings.EVENT_SUBSCRIBERS = ["journeys.subscriber.on_events"]


_numbers = itertools.count()


def event(name: str, user: str = "u1", **fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": name, "userId": user, "messageId": f"j-{next(_numbers)}", **fields}


@pytest.fixture
def happen(api: Any, secret_key: str, scope: Scope, no_segments: None, monkeypatch: Any) -> Any:
    """`happen("Product Added", user="u1", properties={…})`: through the door, processed; lists of events as one batch."""
    monkeypatch.setattr("profiles.ingest.door.hint", lambda schema: None)

    def send(*names: str | dict[str, Any], **fields: Any) -> None:
        batch = [event(name, **fields) if isinstance(name, str) else name for name in names]
        body = json.dumps({"batch": batch})
        answer = api(secret_key).post("/v1/batch", body, content_type="application/json")
        assert answer.json()["accepted"] == len(batch), answer.json()
        with tenant_connection(scope.schema):
            while process_events(scope):
                pass

    return send


@pytest.fixture
def run(scope: Scope, inside: None) -> Any:
    """`run(hours=2)`: the engine, as if so much later; how many enrolments it advanced."""

    def go(**later: float) -> int:
        moved = dt.timedelta(**later)
        if moved:
            shift(moved)
        total = 0
        while count := run_once(scope):
            total += count
        return total

    return go


def shift(moved: dt.timedelta) -> None:
    """Time goes by: everything that is stored happened so much earlier."""
    by: Any = {"by": moved}
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE journeys_enrolment SET resume_at = resume_at - %(by)s, waiting_since = waiting_since - %(by)s,
                      entered_at = entered_at - %(by)s, finished_at = finished_at - %(by)s,
                      goal_until = goal_until - %(by)s""",
            by,
        )
        cursor.execute(
            """UPDATE journeys_message SET due_at = due_at - %(by)s, attempted_at = attempted_at - %(by)s,
                      created_at = created_at - %(by)s, lease_until = lease_until - %(by)s""",
            by,
        )


@pytest.fixture
def way(inside: None) -> Any:
    """`way()`: the only enrolment, fresh; `way(user…)` none."""
    return lambda: Enrolment.objects.get()


def steps(enrolment: Enrolment) -> list[tuple[str, str, str]]:
    return [(s.node, s.port, s.outcome) for s in enrolment.steps.order_by("visit", "id")]


@pytest.fixture
def shopper(happen: Any, scope: Scope) -> Any:
    """`shopper("u1", email="u1@example.com")` with consent to e-mail, unless `consent=False`; the profile's id."""

    def make(user: str = "u1", *, consent: bool = True, **traits: Any) -> int:
        given = {"email": f"{user}@example.com", "first_name": "Ada", **traits}
        happen({"type": "identify", "userId": user, "traits": given, "messageId": f"i-{next(_numbers)}"})
        if consent:
            agree(scope, user)
        found = find_profile(scope, "user_id", user)
        assert found is not None
        return found.pk

    return make


def agree(scope: Scope, user: str = "u1", *, granted: bool = True, channel: str = "email") -> None:
    choice = Choice("marketing", channel, granted=granted, source="test")
    set_consent(scope, ("user_id", user), [choice], actor="test")


@pytest.fixture
def deliver(scope: Scope, inside: None) -> Any:
    """`deliver(hours=2)`: the delivery worker, as if so much later; how many messages it looked at."""

    def go(**later: float) -> int:
        if later:
            shift(dt.timedelta(**later))
        total = 0
        while count := deliver_once(scope):
            total += count
        return total

    return go


@pytest.fixture(autouse=True)
def closed_breakers() -> None:
    breaker.forget()


@pytest.fixture
def sent_mail(journey: Any, template: Any, shopper: Any, happen: Any, run: Any, deliver: Any) -> Message:
    """A message that went through a journey into the sandbox inbox."""
    template()
    journey(TRIGGER, ("send", {"template": "hello"}))
    shopper()
    happen("Product Added", properties={"product_id": "i1"})
    run()
    deliver()
    return Message.objects.get()


def opened(scope: Scope, sealed: Any, unit: Any) -> dict[str, Any]:
    """A sealed content, read."""
    key = vault.existing_person_keys(scope.tenant_id, [bytes(unit)])[bytes(unit)]
    return orjson.loads(unseal(key, bytes(sealed)))


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    """A server that answers webhooks, and remembers what it was sent."""
    server = HttpSink()
    yield server
    server.shutdown()
    server.server_close()
