"""Staff who work with pseudonyms try a journey on a real shopper and learn nothing of who it is."""

from __future__ import annotations

import orjson
import pytest
from django.db import transaction
from django.utils import timezone

from journeys.models import MessageTemplate
from journeys.simulator import Happening
from journeys.simulator.replay import about_goods
from profiles.models import Profile
from tenants import vault
from tenants.crypto import seal
from tenants.db import tenant_connection

from .test_canvas_api import at

TEXT = "Hello {{ shopper.first_name }}, {{ shopper.email }} {{ shopper.phone }}."


@pytest.fixture
def josephine(filled, tenant):
    with tenant_connection(tenant.schema_name), transaction.atomic():
        unit = filled.shopper.uuid.bytes
        key = vault.person_keys(tenant.pk, [unit])[unit]
        traits = {"first_name": "Josephine", "email": "jo@example.com", "phone": "+15550001"}
        Profile.objects.filter(pk=filled.shopper.pk).update(traits_sealed=seal(key, orjson.dumps(traits)))
        MessageTemplate.objects.create(key="t", name="t", channel="web", kind="transactional", text=TEXT)
    return str(filled.shopper.uuid)


def tried(client, filled, shopper, rule):
    condition = {"match": "all", "rules": [{"subject": "trait", **rule}]}
    nodes = [
        ("event_trigger", {"event": "Product Added"}),
        ("condition", {"condition": condition}),
        ("send", {"template": "t"}),
        ("exit", {}),
    ]
    graph = {
        "nodes": [{"key": f"n{n}", "type": kind, "config": c} for n, (kind, c) in enumerate(nodes)],
        "edges": [
            {"from": "n0", "port": "next", "to": "n1"},
            {"from": "n1", "port": "yes", "to": "n2"},
            {"from": "n1", "port": "no", "to": "n2"},
            {"from": "n2", "port": "next", "to": "n3"},
        ],
    }
    body = {"graph": graph, "shopper": shopper, "replay": False, "start": "2026-03-01T10:00", "days": 3,
            "events": [{"kind": "event", "name": "Product Added", "after": 0}]}  # fmt: skip
    return client.post(at(filled, "simulate"), body, content_type="application/json").json()


RULE = {"name": "first_name", "operator": "contains", "value": "jose"}


def test_a_message_says_no_name(console, filled, josephine):
    (letter,) = tried(console("analyst"), filled, josephine, RULE)["messages"]
    assert letter["text"].startswith("Hello ,  .")


def test_a_condition_tells_nothing_either(console, filled, josephine):
    asked = [
        step for step in tried(console("analyst"), filled, josephine, RULE)["steps"] if step["node"] == "n1"
    ]
    assert [step["outcome"] for step in asked] == ["no"]


def test_who_may_know_sees_it_as_it_is(console, filled, josephine):
    found = tried(console("marketer"), filled, josephine, RULE)
    assert found["messages"][0]["text"].startswith("Hello Josephine, jo@example.com +15550001.")
    assert [step["outcome"] for step in found["steps"] if step["node"] == "n1"] == ["yes"]


def test_events_that_are_played_again_say_goods_and_amounts_only():
    said = {"email": "jo@example.com", "revenue": 5, "products": [{"sku": "m1", "note": "For Jo"}, "odd"]}
    happened = Happening(timezone.now(), "Order Completed", said)
    assert about_goods(happened).properties == {"revenue": 5, "products": [{"sku": "m1"}]}
