"""Sec-GPC: 1 is heard with the events of the browser that sends it."""

import pytest

from compliance.consent import Choice, allowed
from compliance.models import ConsentRecord
from profiles.consents import set_consent
from profiles.dead_letters import replay
from profiles.models import DeadLetter
from tenants.db import tenant_connection

from .conftest import event

GPC = {"HTTP_SEC_GPC": "1"}


@pytest.fixture
def may(scope, shopper):
    def call(purpose, channel="", user="a1", kind="anonymous_id"):
        found = shopper(user, kind)
        with tenant_connection(scope.schema):
            return allowed(scope.schema, [found.pk], purpose, channel) == {found.pk}

    return call


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/page"])
def test_in_europe_it_also_objects_to_personalisation(send, process, may, publishable_key, shopper, path):
    send(event("page", anonymousId="a1"), key=publishable_key, path=path, **GPC)
    process()
    assert not may("personalisation")
    assert shopper("a1", "anonymous_id").consent_personalisation is False
    assert may("analytics")


def test_elsewhere_it_forbids_selling_and_sharing_only(send, process, may, tenant):
    tenant.region, tenant.settings = "us", {"consent": {"defaults": {"marketing": True}}}
    tenant.save()
    send(event("page", anonymousId="a1"), **GPC)
    process()
    assert may("personalisation")
    assert may("marketing", "email")
    assert not may("marketing", "web")
    assert not may("marketing", "webhook")


def test_a_tenant_says_what_it_means_to_them(send, process, may, tenant):
    tenant.settings = {"consent": {"gpc": ["analytics"]}}
    tenant.save()
    send(event("page", anonymousId="a1"), **GPC)
    process()
    assert not may("analytics")
    assert may("personalisation")


@pytest.mark.parametrize("said", [True, 1, "1"])
def test_a_server_passes_it_on_in_the_context(send, process, may, said):
    send(event("page", anonymousId="a1", context={"gpc": said}))
    process()
    assert not may("personalisation")


@pytest.mark.parametrize("head", [{}, {"HTTP_SEC_GPC": "0"}, {"HTTP_SEC_GPC": "true"}])
def test_nothing_else_is_the_signal(send, process, may, head):
    send(event("page", anonymousId="a1", context={"gpc": False}), **head)
    process()
    assert may("personalisation")


def test_a_yes_after_the_signal_stands_while_it_goes_on(send, process, may, scope, inside):
    send(event("page", anonymousId="a1"), **GPC)
    process()
    set_consent(scope, ("anonymous_id", "a1"), [Choice("personalisation", granted=True)], actor="t")
    send(event("page", anonymousId="a1"), **GPC)
    process()
    assert may("personalisation")
    assert ConsentRecord.objects.filter(source="gpc", purpose="personalisation").count() == 1


def test_a_yes_before_the_signal_gives_way_to_it(send, process, may, scope):
    set_consent(scope, ("anonymous_id", "a1"), [Choice("personalisation", granted=True)], actor="t")
    send(event("page", anonymousId="a1"), **GPC)
    process()
    assert not may("personalisation")


def test_a_refusal_is_not_said_twice(send, process, scope, inside):
    no = Choice("personalisation", text_version="banner 3")
    set_consent(scope, ("anonymous_id", "a1"), [no], actor="t")
    send(event("page", anonymousId="a1"), **GPC)
    process()
    assert ConsentRecord.objects.filter(purpose="personalisation").count() == 1


def test_a_dead_letter_that_is_mended_still_says_it(send, process, may, scope, inside):
    send(event(anonymousId="a1", event="Order Completed", properties={"products": "all"}), **GPC)
    process()
    letter = DeadLetter.objects.get()
    from profiles.dead_letters import read_letter

    mended = read_letter(scope, letter).replace(b'"all"', b"[]")
    replay(scope, letter, actor="t", mended=mended)
    process()
    assert not may("personalisation")
