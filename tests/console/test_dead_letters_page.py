"""A dead letter is read, mended and sent again."""

from __future__ import annotations

import orjson

from profiles.models import DeadLetter, EventQueue
from tenants.db import tenant_connection

from .conftest import pages


def _status(tenant, letter):
    with tenant_connection(tenant.schema_name):
        return DeadLetter.objects.get(pk=letter.pk).status, EventQueue.objects.count()


def test_a_mended_event_goes_through_the_door(console, filled, tenant):
    mended = orjson.dumps({"type": "track", "event": "Product Viewed", "userId": "42"}).decode()
    answer = console("developer").post(pages(filled)["dead letter"], {"payload": mended, "replay": ""})
    assert answer.status_code == 302
    assert _status(tenant, filled.letter) == ("replayed", 1)


def test_what_is_still_wrong_is_said_and_the_text_is_kept(console, filled, tenant):
    text = orjson.dumps({"type": "track", "userId": "42", "note": "half mended"}).decode()
    answer = console("developer").post(pages(filled)["dead letter"], {"payload": text, "replay": ""})
    assert answer.context["refused"] == "A track event needs “event”, its name."
    assert "half mended" in answer.content.decode()
    assert _status(tenant, filled.letter) == ("open", 0)


def test_discarding_keeps_it_readable(console, filled, tenant):
    developer = console("developer")
    developer.post(pages(filled)["dead letter"], {"discard": ""})
    assert _status(tenant, filled.letter) == ("discarded", 0)
    assert developer.get(pages(filled)["dead letter"]).context["payload"] is not None


def test_a_compliance_officer_reads_but_does_not_send(console, filled, tenant):
    officer = console("compliance officer")
    assert officer.get(pages(filled)["dead letter"]).status_code == 200
    assert officer.post(pages(filled)["dead letter"], {"payload": "{}", "replay": ""}).status_code == 403


def test_sent_once_or_twice_is_told_apart(console, filled, tenant):
    """And the settled letter says when it was sent."""
    developer = console("developer")
    mended = {"type": "track", "event": "Product Viewed", "userId": "42", "messageId": "m-1"}
    first = developer.post(
        pages(filled)["dead letter"], {"payload": orjson.dumps(mended).decode()}, follow=True
    )
    assert "The event was taken." in first.content.decode()
    assert "Sent again" in developer.get(pages(filled)["dead letter"]).content.decode()
    with tenant_connection(tenant.schema_name):
        DeadLetter.objects.filter(pk=filled.letter.pk).update(status="open")
    again = developer.post(
        pages(filled)["dead letter"], {"payload": orjson.dumps(mended).decode()}, follow=True
    )
    assert "does not count again" in again.content.decode()


def test_broken_json_is_said_once_and_in_words(console, filled):
    answer = console("developer").post(pages(filled)["dead letter"], {"payload": '{"type":'}).content.decode()
    assert answer.count("The event is not JSON: it ends too early.") == 1
