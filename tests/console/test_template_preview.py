"""A template filled in for a real shopper while it is edited, and tests in the inbox."""

from __future__ import annotations

import pytest
from django.db import transaction

from catalog.models import Item
from journeys.models import InboxMessage, Message
from tenants import vault
from tenants.crypto import seal
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

PREVIEW = "/admin/journeys/messagetemplate/preview/"
HELLO = {"channel": "email", "kind": "marketing", "subject": "Hi {{ shopper.first_name | default: 'there' }}",
         "html": "<p>You left {{ event.name }} for {{ event.price }}.</p>", "text": ""}  # fmt: skip


@pytest.fixture
def marketer(console, filled):
    return console("marketer")


def test_it_is_filled_in_with_what_the_shopper_did_last(marketer, filled):
    found = marketer.post(PREVIEW, {**HELLO, "preview_for": "42"}).context
    assert found["subject"] == "Hi there"
    assert "You left Rye bread for 3.5" in found["html"] or "You left Whole milk for 1.99" in found["html"]
    assert "Unsubscribe" in found["text"] or "unsubscribe" in found["html"].lower()
    assert found["shopper"] == "42"


def test_without_a_name_the_latest_shopper_is_taken(marketer, filled):
    assert marketer.post(PREVIEW, HELLO).context["shopper"] == "42"


def test_recommendations_are_live(marketer, filled, tenant):
    with tenant_connection(tenant.schema_name):  # what they dealt with last is not recommended again
        Item.objects.create(
            external_id="b2", title="Butter", category="Dairy > Butter", price="2.50", currency="USD"
        )
    html = "{% recommendations placement: 'home', limit: 2 %}[{{ item.title }}]{% else %}none{% endrecommendations %}"
    found = marketer.post(PREVIEW, {**HELLO, "html": html, "preview_for": "42"}).context
    assert "[" in found["html"]
    assert "none" not in found["html"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"html": "\n{{ x | uppcase }}"},
            "HTML: Line 2: there is no filter “uppcase”. Did you mean “upcase”?",
        ),
        ({"preview_for": "nobody"}, "Nobody is known by this customer number or e-mail."),
    ],
)
def test_what_is_wrong_is_said(marketer, filled, changed, sentence):
    answer = marketer.post(PREVIEW, {**HELLO, **changed})
    assert answer.context["problems"] == [sentence]
    assert 'role="alert"' in answer.content.decode()


def test_an_analyst_previews_without_personal_traits(console, filled, tenant):
    with tenant_connection(tenant.schema_name), transaction.atomic():
        handle = filled.shopper.uuid.bytes
        key = vault.person_keys(tenant.pk, [handle])[handle]
        filled.shopper.traits_sealed = seal(key, b'{"first_name": "Ada"}')
        filled.shopper.save()
    assert console("marketer").post(PREVIEW, HELLO).context["subject"] == "Hi Ada"
    found = console("analyst").post(PREVIEW, HELLO).context
    assert (found["subject"], found["shopper"].startswith("Shopper ")) == ("Hi there", True)


def test_who_may_only_look_sees_the_page_and_the_saved_template(console, filled):
    analyst = console("analyst")
    page = analyst.get(f"/admin/journeys/messagetemplate/{filled.template.pk}/change/").content.decode()
    assert "includes(channel)" not in page
    assert f'name="saved" value="{filled.template.pk}"' in page
    found = analyst.post(PREVIEW, {"saved": filled.template.pk}).context
    assert (found["subject"], "waits" in found["html"]) == ("Still thinking?", True)


def test_who_may_change_it_has_fields_that_follow_the_channel(marketer, filled):
    page = marketer.get(f"/admin/journeys/messagetemplate/{filled.template.pk}/change/").content.decode()
    assert "includes(channel)" in page
    assert 'name="saved"' not in page


def test_a_previews_own_markup_stays_in_its_frame(marketer, filled):
    page = marketer.post(PREVIEW, {**HELLO, "html": "<script>alert(1)</script>"}).content.decode()
    assert "<script>" not in page
    assert 'sandbox=""' in page


def test_a_test_lands_in_the_inbox_and_counts_as_no_message(marketer, filled, tenant):
    answer = marketer.post(
        f"/admin/journeys/messagetemplate/{filled.template.pk}/test/", {"preview_for": "42"}
    )
    assert answer.status_code == 302
    with tenant_connection(tenant.schema_name):
        assert InboxMessage.objects.count() == 2
        letter = InboxMessage.objects.get(message_id=None)
        assert not Message.objects.filter(key__startswith="test:").exists()
        assert Message.objects.filter(template_id=filled.template.pk).count() == 1
        assert AuditRecord.objects.filter(action="test message sent").exists()
    read = marketer.get(f"/admin/journeys/inboxmessage/{letter.pk}/change/").context["letter"]
    assert (read.subject, "milk" in read.html) == ("Still thinking?", True)


def test_an_analyst_sends_no_test(console, filled):
    answer = console("analyst").post(f"/admin/journeys/messagetemplate/{filled.template.pk}/test/")
    assert answer.status_code == 403
