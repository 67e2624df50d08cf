"""Links in messages: counted, never an open redirect, unsubscribing at once."""

import re

import pytest
from django.test import Client

from compliance.consent import allowed
from journeys.models import Enrolment, InboxMessage, Message, Suppression
from journeys.selectors import overview
from profiles.features import buckets
from profiles.models import Event, Profile
from profiles.processing.batches import run_once as process
from tenants.db import use_schema

from .conftest import TRIGGER, opened


class Browser(Client):
    """A page request leaves the connection in the public schema; the test goes on in the tenant's."""

    def request(self, **request):
        try:
            return super().request(**request)
        finally:
            use_schema("t_alpha")


@pytest.fixture
def browser():
    return Browser(headers={"host": "alpha.localhost"})


@pytest.fixture
def mail(sent_mail, scope):
    inbox = InboxMessage.objects.get()
    return opened(scope, inbox.content, inbox.unit)


def path(text: str, kind: str) -> str:
    found = re.search(rf"http://alpha\.localhost(/m/{kind}/[\w-]+)", text)
    assert found, text
    return found[1]


def test_a_click_leads_on_and_counts(mail, browser, scope):
    answer = browser.get(path(mail["html"], "c"))
    assert (answer.status_code, answer["Location"]) == (302, "https://shop.example/x")
    message = Message.objects.get()
    assert message.clicked_at is not None
    assert message.opened_at is not None


def test_a_click_is_an_event_that_reaches_goals(
    journey, template, shopper, happen, run, deliver, browser, scope
):
    template()
    made = journey(TRIGGER, ("send", {"template": "hello"}), goal={"event": "Message Clicked"})
    shopper()
    happen("Product Added")
    run()
    deliver()
    run()
    inbox = InboxMessage.objects.get()
    browser.get(path(opened(scope, inbox.content, inbox.unit)["html"], "c"))
    while process(scope):
        pass
    assert overview(made).goals == 1
    assert Enrolment.objects.get().goal_at is not None


def test_a_click_in_an_e_mail_counts_in_the_profile(mail, browser, scope):
    browser.get(path(mail["html"], "c"))
    while process(scope):
        pass
    counters = Profile.objects.get(pk=Message.objects.get().profile_id).counters
    assert sum(day.get(buckets.EMAIL_CLICK, 0) for day in counters.values()) == 1


def test_two_clicks_in_a_minute_are_one_event(mail, browser):
    before = Event.objects.count()
    for _ in range(2):
        browser.get(path(mail["html"], "c"))
    assert Event.objects.count() == before + 1


def test_a_head_or_a_prefetch_does_not_count(mail, browser):
    browser.head(path(mail["html"], "c"))
    browser.get(path(mail["html"], "c"), headers={"sec-purpose": "prefetch"})
    assert Message.objects.get().clicked_at is None


@pytest.mark.parametrize(
    "change", [lambda t: t[:-2] + ("A" if t[-2] != "A" else "B") + t[-1], lambda t: t[:5], lambda t: "x"]
)
def test_a_link_that_is_not_ours_leads_nowhere(mail, browser, change):
    address = path(mail["html"], "c")
    head, token = address.rsplit("/", 1)
    assert browser.get(f"{head}/{change(token)}").status_code == 404


def test_a_click_token_does_not_unsubscribe(mail, browser):
    token = path(mail["html"], "c").rsplit("/", 1)[1]
    assert browser.post(f"/m/u/{token}").status_code == 404


def test_a_link_of_another_tenant_leads_nowhere(mail):
    other = Client(headers={"host": "beta.localhost"})
    assert other.get(path(mail["html"], "c")).status_code == 404


def test_an_opening_is_an_event_once(mail, browser):
    before = Event.objects.count()
    for _ in range(3):
        assert browser.get(path(mail["html"], "o"))["Content-Type"] == "image/gif"
    assert Event.objects.count() == before + 1


def test_marketing_mail_says_how_to_leave(mail):
    address = "http://alpha.localhost" + path(mail["html"], "u")
    assert mail["headers"]["List-Unsubscribe"] == f"<{address}>"
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in mail["text"]


def test_one_click_unsubscribes_at_once(mail, browser, scope):
    profile = Message.objects.get().profile_id
    answer = browser.post(path(mail["html"], "u"), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not allowed(scope.schema, [profile], "marketing", "email")
    assert Suppression.objects.get().reason == "unsubscribed"


def test_a_mail_program_needs_no_csrf_token(mail):
    strict = Client(headers={"host": "alpha.localhost"}, enforce_csrf_checks=True)
    assert strict.post(path(mail["html"], "u"), {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_looking_at_the_page_changes_nothing(mail, browser, scope):
    page = browser.get(path(mail["html"], "u"))
    assert b"Unsubscribe from Alpha Grocers?" in page.content
    assert allowed(scope.schema, [Message.objects.get().profile_id], "marketing", "email")


def test_unsubscribing_is_undone(mail, browser, scope):
    address = path(mail["html"], "u")
    assert browser.post(address, follow=True).content.count(b"You have unsubscribed") >= 1
    assert b"Unsubscribe from" in browser.post(address, {"undo": "1"}, follow=True).content
    assert allowed(scope.schema, [Message.objects.get().profile_id], "marketing", "email")
    assert not Suppression.objects.exists()


def test_unsubscribing_twice_is_harmless(mail, browser):
    for _ in range(2):
        assert browser.post(path(mail["html"], "u")).status_code == 303
    assert Suppression.objects.count() == 1
