"""Consent as Segment's SDKs and consent platforms say it: categories on every event."""

import pytest

from compliance.consent import Choice, allowed
from compliance.models import ConsentRecord
from profiles.consents import set_consent
from tenants.db import tenant_connection

from .conftest import event, viewed


def preferring(**categories):
    return {"context": {"consent": {"categoryPreferences": categories}}}


@pytest.fixture
def may(scope, shopper):
    def call(purpose, channel="", user="u1", kind="user_id"):
        found = shopper(user, kind)
        with tenant_connection(scope.schema):
            return allowed(scope.schema, [found.pk], purpose, channel) == {found.pk}

    return call


def test_categories_become_purposes(send, process, may, shopper):
    send(viewed("u1", **preferring(Advertising=True, Functional=False, C0002=True, Unheard=False)))
    process()
    assert may("marketing", "web")
    assert not may("personalisation")
    assert may("analytics")
    assert shopper("u1").consent_personalisation is False


def test_advertising_on_a_site_is_no_consent_to_messages(send, process, may):
    send(viewed("u1", **preferring(Advertising=True, Marketing=True, Targeting=True)))
    process()
    assert not may("marketing", "email")
    assert not may("marketing", "sms")


def test_the_event_that_only_says_preferences(send, process, may):
    change = event(
        userId="u1", event="Segment Consent Preference Updated", **preferring(Personalization=False)
    )
    send(change)
    process()
    assert not may("personalisation")


def test_where_two_categories_mean_the_same_all_must_agree(send, process, may):
    send(viewed("u1", **preferring(Analytics=True, Performance=False)))
    process()
    assert not may("analytics")


def test_saying_it_with_every_event_makes_one_record(send, process, inside):
    for _ in range(3):
        send(*(viewed("u1", **preferring(Functional=False)) for _ in range(4)))
        process()
    assert ConsentRecord.objects.count() == 1


def test_what_is_no_answer_is_ignored(send, process, inside):
    odd = {"context": {"consent": {"categoryPreferences": {"Analytics": "no", "Functional": None}}}}
    send(
        viewed("u1", **odd), viewed("u1", context={"consent": "yes"}), viewed("u1", context={"consent": None})
    )
    assert process() == 3
    assert not ConsentRecord.objects.exists()


def test_a_tenants_own_names(send, process, may, tenant):
    tenant.settings = {"consent": {"categories": {"Newsletter": ["marketing:email"], "Functional": []}}}
    tenant.save()
    send(viewed("u1", **preferring(newsletter=True, Functional=False)))
    process()
    assert may("marketing", "email")
    assert may("personalisation")


@pytest.mark.parametrize("categories", [{"Functional": ["mind reading"]}, {"Functional": 7}, "all"])
def test_settings_that_cannot_be_read_stop_no_event(send, process, may, tenant, categories):
    tenant.settings = {"consent": {"categories": categories}}
    tenant.save()
    send(viewed("u1", **preferring(Functional=False)))
    process()
    assert not may("personalisation")


def test_a_visitors_word_goes_along_when_they_sign_in(send, process, may):
    send(event("page", anonymousId="a1", **preferring(Functional=False, Advertising=True)))
    process()
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    assert not may("personalisation")
    assert may("marketing", "web")


def test_a_browser_that_names_a_user_id_grants_nothing_in_their_name(send, process, may, publishable_key):
    send(viewed("u1"))
    send(viewed("u1", **preferring(Email=True)), key=publishable_key)
    process()
    assert not may("marketing", "email")


def test_nor_by_way_of_a_visitor_it_makes_up(send, process, may, publishable_key):
    send(viewed("u1"))
    process()
    send(event("page", anonymousId="made-up", **preferring(Email=True)), key=publishable_key)
    process()
    send(event("identify", userId="u1", anonymousId="made-up"), key=publishable_key)
    process()
    assert not may("marketing", "email")


def test_a_browser_may_refuse_and_give_back_what_a_browser_refused(send, process, may, publishable_key):
    send(viewed("u1", **preferring(Functional=False)), key=publishable_key)
    process()
    assert not may("personalisation")
    send(viewed("u1", **preferring(Functional=True)), key=publishable_key)
    process()
    assert may("personalisation")


def test_but_not_what_was_refused_elsewhere(send, process, may, publishable_key, scope):
    set_consent(scope, ("user_id", "u1"), [Choice("personalisation", source="console")], actor="user:1")
    send(viewed("u1", **preferring(Functional=False)), key=publishable_key)
    process()
    send(viewed("u1", **preferring(Functional=True)), key=publishable_key)
    process()
    assert not may("personalisation")
