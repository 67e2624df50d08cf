"""A published journey with a shopper inside, the message that it sent, and their pages."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from journeys.models import Enrolment, InboxMessage, Message, MessageTemplate, NodeCount, Step
from journeys.services.drafts import create_journey, publish
from profiles.models import Profile
from tenants import vault
from tenants.crypto import seal
from tenants.models import Tenant

JOURNEY_ROWS = ("journey", "template", "message", "inbox_letter")


def small_graph(template: str = "cart") -> dict[str, Any]:
    """Product Added → an hour → send → exit, with a goal."""
    kinds = [
        ("event_trigger", {"event": "Product Added"}),
        ("delay", {"seconds": 3600}),
        ("send", {"template": template}),
        ("exit", {}),
    ]
    return {
        "nodes": [
            {"key": f"n{n}", "type": kind, "config": config, "position": {"x": 0, "y": 180 * n}}
            for n, (kind, config) in enumerate(kinds)
        ],
        "edges": [{"from": f"n{n}", "port": "next", "to": f"n{n + 1}"} for n in range(3)],
        "settings": {"goal": {"event": "Order Completed", "within_hours": 72, "exit": True}},
    }


def fill_journeys(tenant: Tenant, shopper: Profile) -> SimpleNamespace:
    """Inside the tenant's schema: one journey with one shopper who waited, was sent a letter and has left."""
    template = MessageTemplate.objects.create(
        key="cart", name="Your cart", subject="Still thinking?", html="<p>Your <b>milk</b> waits.</p>"
    )
    journey = create_journey("Abandoned cart", actor="test", graph=small_graph())
    version = publish(journey.pk, actor="test")
    now = timezone.now()
    unit = shopper.uuid.bytes
    with transaction.atomic():
        key = vault.person_keys(tenant.pk, [unit])[unit]
    content = {
        "to": "jo@example.com",
        "subject": "Still thinking?",
        "html": "<p>Your <b>milk</b> waits.</p>",
        "text": "Your milk waits.",
        "headers": {"To": "jo@example.com", "List-Unsubscribe": "<https://alpha.localhost/m/u/x>"},
    }
    sealed = seal(key, orjson.dumps(content))
    enrolment = Enrolment.objects.create(
        journey=journey,
        version=version,
        profile=shopper,
        unit=unit,
        node="n3",
        visit=4,
        entered_at=now - dt.timedelta(hours=2),
        finished_at=now,
        outcome="completed",
        reason="came to the end",
    )
    for visit, (node, outcome) in enumerate((("n0", "entered"), ("n1", "waited"), ("n2", "sent"))):
        Step.objects.create(
            enrolment=enrolment,
            visit=visit,
            node=node,
            at=now,
            port="next",
            outcome=outcome,
            reason="because",
        )
    for node, name in (("", "entered"), ("", "outcome:completed"), ("n0", "entered"), ("n0", "left")):
        NodeCount.objects.create(version_id=version.pk, node=node, name=name, amount=1)
    message = Message.objects.create(
        key=f"journey:{enrolment.pk}:n2:2",
        profile_id=shopper.pk,
        unit=unit,
        journey_id=journey.pk,
        enrolment_id=enrolment.pk,
        node="n2",
        template_id=template.pk,
        channel="email",
        state="unknown",
        reason="the connection broke",
        due_at=now,
        created_at=now,
        decided_at=now,
        content=sealed,
    )
    inbox_letter = InboxMessage.objects.create(
        key=message.key,
        message_id=message.pk,
        profile_id=shopper.pk,
        unit=unit,
        channel="email",
        at=now,
        content=sealed,
    )
    return SimpleNamespace(journey=journey, template=template, message=message, inbox_letter=inbox_letter)


def journey_pages(filled: Any) -> dict[str, str]:
    root = "/admin/journeys"
    return {
        "journeys": f"{root}/journey/",
        "new journey": f"{root}/journey/add/",
        "journey": f"{root}/journey/{filled.journey.pk}/change/",
        "canvas": f"{root}/journey/{filled.journey.pk}/canvas/",
        "templates": f"{root}/messagetemplate/",
        "new template": f"{root}/messagetemplate/add/",
        "template": f"{root}/messagetemplate/{filled.template.pk}/change/",
        "messages": f"{root}/message/",
        "message": f"{root}/message/{filled.message.pk}/change/",
        "inbox": f"{root}/inboxmessage/",
        "sending": "/admin/sending/",
        "inbox letter": f"{root}/inboxmessage/{filled.inbox_letter.pk}/change/",
    }
