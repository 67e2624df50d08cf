"""What comes along with an event may refuse at any time; it grants only where nobody said no explicitly."""

import datetime as dt

import pytest

from compliance.consent import Choice, allowed, merge, record, states
from compliance.models import Consent
from profiles.consents import set_consent
from profiles.selectors import find_profile

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
PURPOSES = ("analytics", "personalisation", "marketing")


def banner(granted, *categories, **fields):
    said = dict.fromkeys(categories or ("Analytics", "Functional", "Advertising", "Email"), granted)
    return track("u1", **{"context": {"consent": {"categoryPreferences": said}}, **fields})


@pytest.fixture
def may(scope):
    def ask(purpose, channel=""):
        profile = find_profile(scope, "user_id", "u1")
        return allowed(scope.schema, [profile.pk], purpose, channel) == {profile.pk}

    return ask


@pytest.mark.parametrize("kind", ["objection", "restriction"])
def test_an_event_lifts_neither_objection_nor_restriction(send, performed, may, scope, kind):
    send(track("u1"), banner(True))
    performed("u1", kind=kind)
    for _ in range(2):
        send(banner(False))
        send(banner(True))
    assert not may("personalisation")
    assert not any(may("marketing", channel) for channel in ("", "web", "email"))
    assert may("analytics") is (kind == "objection")
    word = Consent.objects.get(purpose="personalisation")
    assert (word.source, word.lawful_basis) == (kind, "legal_obligation")


@pytest.mark.parametrize("source", ["api", "console", "unsubscribe"])
def test_nor_an_explicit_no(send, may, scope, source):
    send(track("u1"), banner(False))  # a passive no, which the explicit one must not be taken for
    set_consent(scope, ("user_id", "u1"), [Choice("personalisation", source=source)], actor="x")
    send(banner(True))
    assert not may("personalisation")
    assert may("analytics")


@pytest.mark.parametrize("how", ["console", "api", "preferences"])
def test_who_is_asked_may_lift_it(send, performed, may, scope, how):
    send(track("u1"))
    performed("u1", kind="objection")
    if how == "preferences":
        send(banner(True, event="Segment Consent Preference Updated"))
    else:
        yes = Choice("personalisation", granted=True, source=how)
        set_consent(scope, ("user_id", "u1"), [yes], actor="user:1")
    assert may("personalisation")


def test_a_browser_that_only_names_the_user_lifts_nothing(send, performed, may, publishable_key):
    send(track("u1"))
    performed("u1", kind="objection")
    send(banner(True, event="Segment Consent Preference Updated"), key=publishable_key)
    assert not may("personalisation")


def test_what_a_banner_refused_a_banner_gives_back(send, may):
    send(banner(False))
    assert not may("personalisation")
    send(banner(True))
    assert may("personalisation")


def test_an_explicit_no_that_reaches_us_late_still_holds(send, may, scope):
    send(banner(True))
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    no = Choice("marketing", source="letter")
    set_consent(scope, ("user_id", "u1"), [no], actor="user:1", at=before)
    assert not may("marketing", "email")


@pytest.mark.parametrize("channel", ["", "web"])
@pytest.mark.parametrize("refuser", [1, 2])
def test_nor_does_a_merge_lift_it(scope, cursor, refuser, channel):
    no, yes = Choice("marketing", source="objection"), Choice("marketing", channel, True, source="event")
    record(cursor, scope.schema, refuser, [no], actor="x", at=NOW)
    record(cursor, scope.schema, 3 - refuser, [yes], actor="x", at=NOW + dt.timedelta(days=1))
    merge(cursor, scope.schema, [(1, 2)])
    assert allowed(scope.schema, [2], "marketing", channel) == set()
    assert states(cursor, scope.schema, [2])[2]["marketing", ""].choice.source == "objection"
