"""The latest word holds, and every word that changed something is kept."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction
from psycopg.errors import RestrictViolation

from compliance.consent import BadChoice, Choice, Word, allowed, record, record_many
from compliance.models import Consent, ConsentRecord
from tenants.models import Tenant

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SHOPPER = 7

pytestmark = pytest.mark.usefixtures("inside")


def yes(purpose: str = "marketing", channel: str = "", **more: str) -> Choice:
    return Choice(purpose, channel, granted=True, **more)


def no(purpose: str = "marketing", channel: str = "", **more: str) -> Choice:
    return Choice(purpose, channel, granted=False, **more)


def may(scope, purpose: str, channel: str = "", shopper: int = SHOPPER) -> bool:
    return allowed(scope.schema, [shopper], purpose, channel) == {shopper}


def test_without_a_word_the_defaults_hold(scope) -> None:
    assert may(scope, "analytics")
    assert may(scope, "personalisation")
    assert not may(scope, "marketing", "email")


def test_the_tenants_own_defaults_hold_where_nothing_was_said(scope, tenant, cursor) -> None:
    tenant.settings = {"consent": {"defaults": {"analytics": False, "marketing": True}}}
    tenant.save()
    record(cursor, scope.schema, 8, [yes("analytics")], actor="t")
    assert not may(scope, "analytics")
    assert may(scope, "analytics", shopper=8)
    assert may(scope, "marketing", "sms")


def test_a_rivals_settings_and_words_mean_nothing_here(scope, rival, cursor) -> None:
    Tenant.objects.filter(pk=rival.pk).update(settings={"consent": {"defaults": {"analytics": False}}})
    record(cursor, rival.schema_name, SHOPPER, [no("personalisation")], actor="t")
    assert may(scope, "analytics")
    assert may(scope, "personalisation")


def test_the_latest_word_holds(scope, cursor) -> None:
    record(cursor, scope.schema, SHOPPER, [yes("marketing", "email")], actor="t", at=NOW)
    assert may(scope, "marketing", "email")
    record(cursor, scope.schema, SHOPPER, [no("marketing", "email")], actor="t", at=NOW + HOUR)
    assert not may(scope, "marketing", "email")
    assert [r.granted for r in ConsentRecord.objects.all()] == [False, True]


def test_a_late_word_is_kept_and_changes_nothing(scope, cursor) -> None:
    record(cursor, scope.schema, SHOPPER, [no("marketing", "email")], actor="t", at=NOW)
    assert record(cursor, scope.schema, SHOPPER, [yes("marketing", "email")], actor="t", at=NOW - HOUR) == []
    assert not may(scope, "marketing", "email")
    assert ConsentRecord.objects.count() == 2


def test_a_word_said_again_later_outlasts_a_late_contradiction(scope, cursor) -> None:
    record(cursor, scope.schema, SHOPPER, [no("analytics")], actor="t", at=NOW - 9 * HOUR)
    record(cursor, scope.schema, SHOPPER, [no("analytics")], actor="t", at=NOW)
    record(cursor, scope.schema, SHOPPER, [yes("analytics")], actor="t", at=NOW - 2 * HOUR)
    assert not may(scope, "analytics")


def test_saying_the_same_twice_is_harmless(scope, cursor) -> None:
    choices = [yes("marketing", "email", text_version="v1"), no("analytics")]
    assert record(cursor, scope.schema, SHOPPER, choices, actor="t", at=NOW) == choices
    for moment in (NOW, NOW + 3 * HOUR, None):
        assert record(cursor, scope.schema, SHOPPER, choices, actor="t", at=moment) == []
    assert ConsentRecord.objects.count() == Consent.objects.count() == 2


def test_another_text_is_another_word(scope, cursor) -> None:
    record(cursor, scope.schema, SHOPPER, [yes(text_version="v1")], actor="t", at=NOW)
    assert record(cursor, scope.schema, SHOPPER, [yes(text_version="v2")], actor="t", at=NOW + HOUR)
    assert ConsentRecord.objects.count() == 2


def test_a_late_word_that_comes_twice_is_in_the_history_once(scope, cursor) -> None:
    record(cursor, scope.schema, SHOPPER, [no("analytics")], actor="t", at=NOW)
    for _ in range(2):
        record(cursor, scope.schema, SHOPPER, [yes("analytics")], actor="t", at=NOW - HOUR)
    assert ConsentRecord.objects.count() == 2


def test_a_channel_of_its_own_goes_before_all_channels(scope, cursor) -> None:
    record(cursor, scope.schema, SHOPPER, [yes(), no("marketing", "sms")], actor="t")
    assert may(scope, "marketing", "email")
    assert not may(scope, "marketing", "sms")


def test_refusing_all_marketing_refuses_the_channels_granted_before(scope, cursor) -> None:
    record(cursor, scope.schema, SHOPPER, [yes("marketing", "email")], actor="t", at=NOW)
    record(cursor, scope.schema, SHOPPER, [no()], actor="t", at=NOW + HOUR)
    assert not may(scope, "marketing", "email")
    record(cursor, scope.schema, SHOPPER, [yes("marketing", "email")], actor="t", at=NOW + 2 * HOUR)
    assert may(scope, "marketing", "email")
    assert not may(scope, "marketing", "sms")


def test_granting_all_marketing_leaves_a_refused_channel_refused(scope, cursor) -> None:
    record(cursor, scope.schema, SHOPPER, [no("marketing", "sms")], actor="t", at=NOW)
    record(cursor, scope.schema, SHOPPER, [yes()], actor="t", at=NOW + HOUR)
    assert not may(scope, "marketing", "sms")
    assert may(scope, "marketing", "email")


def test_a_clock_ahead_does_not_outlast_the_next_word(scope, cursor) -> None:
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
    record(cursor, scope.schema, SHOPPER, [yes("analytics")], actor="t", at=ahead)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=6)
    assert Consent.objects.get().at < later


def test_many_shoppers_in_one_call(scope, cursor) -> None:
    words = [Word(n, no("analytics") if n % 2 else yes("analytics"), NOW, "t") for n in range(1, 7)]
    assert record_many(cursor, scope.schema, words) == words
    assert allowed(scope.schema, range(1, 7), "analytics") == {2, 4, 6}


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice("profiling"), "no purpose"),
        (Choice("marketing", "fax"), "no channel"),
        (Choice("analytics", "email"), "Only marketing has channels"),
        (Choice("analytics", lawful_basis="whim"), "no lawful basis"),
        (Choice("analytics", source=""), "source"),
        (Choice("analytics", text_version="x" * 61), "text version"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_with_all_others(scope, cursor, choice, said) -> None:
    with pytest.raises(BadChoice, match=said):
        record(cursor, scope.schema, SHOPPER, [no("analytics"), choice], actor="t")
    assert not Consent.objects.exists()


def test_history_cannot_be_rewritten(scope, cursor) -> None:
    record(cursor, scope.schema, SHOPPER, [no("analytics")], actor="t")
    with pytest.raises(Exception, match="append-only") as refusal, transaction.atomic():
        ConsentRecord.objects.update(granted=True)
    assert isinstance(refusal.value.__cause__, RestrictViolation)


def test_allowed_is_one_query(scope, cursor, django_assert_num_queries) -> None:
    record(cursor, scope.schema, SHOPPER, [yes("marketing", "email")], actor="t")
    with django_assert_num_queries(1):
        allowed(scope.schema, range(500), "marketing", "email")
    with django_assert_num_queries(0, connection=connection):
        allowed(scope.schema, [], "analytics")
