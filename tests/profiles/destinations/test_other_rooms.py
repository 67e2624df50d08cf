"""Rooms above add tables of their own: recommended items and messages, once per day's file however often it is written."""

from __future__ import annotations

import uuid

from django.utils import timezone

from journeys.models import Message
from profiles.models import Profile
from recommendations.models import Decision
from tenants.db import tenant_connection
from tenants.workspace.models import StreamProgress

from ..conftest import viewed


def test_recommended_items_and_messages_arrive(committed, destination, send, process, export, lake, scope):
    send(viewed("u1", "p1"))
    process()
    now = timezone.now()
    with tenant_connection(scope.schema):
        shopper = Profile.objects.get()
        for owner in (shopper.pk, None):
            Decision.objects.create(
                id=uuid.uuid4(), at=now, profile_id=owner, placement="home", model_version="1.0.0",
                trace={"items": [{"item_id": "p1", "score": 0.5, "source": "popular", "position": 1, "reason": "Liked"}]},
            )  # fmt: skip
        message = Message.objects.create(
            key="m1", profile_id=shopper.pk, unit=b"u", template_id=1, channel="email", state="sent", due_at=now,
            created_at=now,
        )  # fmt: skip
    destination(streams=("recommendations", "messages", "profiles"), history=True)
    export()
    assert lake("SELECT item, position, source, profile IS NULL FROM {recommendations} ORDER BY 4") == [
        ("p1", 1, "popular", False), ("p1", 1, "popular", True),
    ]  # fmt: skip
    assert lake("SELECT m.state FROM {messages} m JOIN {profiles} USING (profile)") == [("sent",)]
    with tenant_connection(scope.schema):
        message.state = "delivered"
        message.save()
        StreamProgress.objects.update(ahead_at=None)
    export()
    assert lake("SELECT state FROM {messages}") == [("delivered",)]


def test_addresses_inside_events_are_hidden_unless_personal_data_was_allowed(
    committed, destination, send, process, export, lake
):
    said = {"properties": {"product_id": "p1", "note": "mail ann@shop.example"}, "traits": {"plan": "gold"}}
    destination(streams=("events",))
    destination("Own", streams=("events", "identities"), personal=True, config={"folder": "own"})
    send(viewed("u1", **said))
    process()
    export()
    hidden = lake("SELECT properties, traits FROM {events}")[0]
    plain = lake("SELECT properties FROM {events}", "own")[0]
    assert "ann@shop.example" not in hidden[0]
    assert hidden[1] is None
    assert "ann@shop.example" in plain[0]
    assert ("user_id", "u1") in lake("SELECT kind, value FROM {identities}", "own")
