"""Editing a message template."""

from __future__ import annotations

import pytest

from journeys.models import MessageTemplate
from tenants.db import tenant_connection

from .conftest import pages

GOOD = {
    "name": "Hello",
    "channel": "email",
    "kind": "marketing",
    "subject": "Hi",
    "html": "<p>x</p>",
    "text": "",
}


@pytest.fixture
def marketer(console, filled):
    return console("marketer")


def errors(answer):
    return {name: list(list_) for name, list_ in answer.context["adminform"].form.errors.items()}


def test_a_new_template_gets_a_key_from_its_name(marketer, tenant):
    for _ in range(2):
        marketer.post("/admin/journeys/messagetemplate/add/", {**GOOD, "name": "We miss you"})
    with tenant_connection(tenant.schema_name):
        keys = set(MessageTemplate.objects.filter(name="We miss you").values_list("key", flat=True))
    assert keys == {"we-miss-you", "we-miss-you-2"}


def test_a_new_template_begins_with_a_layout_that_can_be_sent(marketer):
    initial = marketer.get("/admin/journeys/messagetemplate/add/").context["adminform"].form.initial
    assert "{% recommendations" in initial["html"]
    assert "{{ unsubscribe_url }}" in initial["html"]
    sent = {"name": "News", "channel": "email", "kind": "marketing", "text": "", **initial}
    assert marketer.post("/admin/journeys/messagetemplate/add/", sent).status_code == 302


def test_the_key_stays_when_the_name_changes(marketer, filled, tenant):
    marketer.post(pages(filled)["template"], {**GOOD, "name": "Another"})
    with tenant_connection(tenant.schema_name):
        assert MessageTemplate.objects.get(name="Another").key == "cart"


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"html": "<p>\n{{ x | uppcase }}"}, "html", "Line 2: there is no filter “uppcase”"),
        (
            {"html": "{% recommendations placement: 'shelf' %}{% endrecommendations %}"},
            "html",
            "there is no placement “shelf”",
        ),
        ({"subject": "{% if %}"}, "subject", "Line 1"),
        ({"subject": " "}, "subject", "An e-mail needs a subject."),
        ({"html": "", "text": ""}, "__all__", "Write what the message says"),
    ],
)
def test_what_is_broken_is_said_with_its_line_and_not_saved(marketer, filled, tenant, changed, field, words):
    answer = marketer.post(pages(filled)["template"], {**GOOD, **changed})
    assert words in " ".join(errors(answer)[field])
    with tenant_connection(tenant.schema_name):
        assert MessageTemplate.objects.get(key="cart").name == "Your cart"


def test_a_template_in_use_cannot_be_deleted(marketer, filled, tenant):
    address = f"/admin/journeys/messagetemplate/{filled.template.pk}/delete/"
    assert marketer.post(address, {"post": "yes"}).status_code == 403
    marketer.post(f"/admin/journeys/journey/{filled.journey.pk}/archive/")
    marketer.post(address, {"post": "yes"})
    with tenant_connection(tenant.schema_name):
        assert not MessageTemplate.objects.filter(key="cart").exists()


def test_the_list_says_what_sends_it(marketer, filled):
    rows = marketer.get("/admin/journeys/messagetemplate/").context["cl"].result_list
    used = {row.key: row.used for row in rows}
    assert used == {"cart": ["Abandoned cart"], "news": ["Bread week", "Milk week"]}
