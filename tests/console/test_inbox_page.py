"""The sandbox's inbox and the outbox."""

from __future__ import annotations

import pytest

from journeys.admin.letters import in_new_tab, unfollowed
from journeys.models import InboxMessage
from tenants import vault
from tenants.db import tenant_connection

from .conftest import pages


def test_a_letter_is_read_as_its_reader_would(console, filled, tenant):
    answer = console("marketer").get(pages(filled)["inbox letter"])
    letter = answer.context["letter"]
    assert (letter.subject, letter.to) == ("Still thinking?", "jo@example.com")
    assert "sandbox=" in answer.content.decode()
    with tenant_connection(tenant.schema_name):
        assert InboxMessage.objects.get().read_at is not None


@pytest.mark.parametrize("page", ["inbox", "inbox letter", "message"])
def test_who_works_without_names_reads_no_letter(console, filled, page):
    """It greets by name, and its links would unsubscribe."""
    said = console("analyst").get(pages(filled)[page]).content.decode()
    assert not [word for word in ("jo@example.com", "milk", "Still thinking", "/m/u/") if word in said]
    assert "not shown" in said


def test_a_letter_that_is_not_shown_is_not_read(console, filled, tenant):
    console("analyst").get(pages(filled)["inbox letter"])
    with tenant_connection(tenant.schema_name):
        assert InboxMessage.objects.get().read_at is None


def test_the_letter_of_an_erased_person_is_closed_for_good(console, filled, tenant):
    vault.destroy_person_keys(tenant.pk, [bytes(filled.inbox_letter.unit)])
    answer = console("marketer").get(pages(filled)["inbox letter"])
    assert answer.context["letter"] is None
    assert "erased" in answer.content.decode()


def test_a_letters_own_markup_stays_in_its_frame(console, filled):
    page = console("marketer").get(pages(filled)["inbox letter"]).content.decode()
    assert "<b>milk</b>" not in page
    assert "&lt;b&gt;milk&lt;/b&gt;" in page


def test_the_inbox_is_emptied_by_who_may(console, filled, tenant):
    assert console("analyst").post("/admin/journeys/inboxmessage/empty/").status_code == 403
    console("marketer").post("/admin/journeys/inboxmessage/empty/")
    with tenant_connection(tenant.schema_name):
        assert not InboxMessage.objects.exists()


def test_messages_are_found_by_state_and_shopper(console, filled):
    owner = console("owner")
    found = owner.get("/admin/journeys/message/?state__exact=unknown&q=42").context["cl"].result_list
    assert [(m.template_name, m.shopper) for m in found] == [("Your cart", "42")]
    assert not owner.get("/admin/journeys/message/?q=43").context["cl"].result_list


def test_staff_who_look_at_what_was_sent_are_not_taken_for_the_shopper():
    html = '<!doctype html><html><body><a href="/m/c/x">Go</a><img src="https://a/m/o/x" width="1"><img src="https://a/p.png"></body></html>'
    shown = unfollowed(html)
    assert "/m/o/" not in shown
    assert "p.png" in shown
    assert shown.startswith('<!doctype html><html><base target="_blank">')
    assert "/m/o/" in in_new_tab(html)
