"""Whole months go when all of them is old enough; what is still needed, and what is not processed, stays."""

import datetime as dt

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from profiles.models import DeadLetter, RetentionRun
from profiles.partitions import make_ahead
from profiles.retention import periods, tasks
from profiles.retention.months import kept_since, months_held, prepared
from profiles.retention.periods import BadPeriod, Periods
from profiles.retention.run import preview, run
from tenants.models import Tenant
from tenants.workspace.models import AuditRecord

TODAY = dt.datetime.now(dt.UTC).date()


def months_back(count):
    months = TODAY.year * 12 + TODAY.month - 1 - count
    return dt.date(months // 12, months % 12 + 1, 1)


@pytest.fixture
def old(scope, inside):
    """An event received in each of the last 20 months, in the partitions that those had."""
    for back in range(20, -1, -1):
        first = months_back(back)
        make_ahead(scope.schema, first)
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO profiles_event (received_at, type, handle, message_key, payload)
                   VALUES (%s, 2, '\\x00', gen_random_uuid(), '\\x00')""",
                [dt.datetime.combine(first, dt.time(1), dt.UTC)],
            )


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT received_at::date FROM profiles_event ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def test_months_older_than_the_period_go_with_a_record(scope, old):
    expected = preview(scope.schema, Periods(), TODAY)
    assert (len(expected.months), expected.events) == (7, 7)
    done = run(scope.schema, Periods(), TODAY)
    assert (done.events, done.months, done.until) == (7, 7, months_back(13))
    assert stored()[0] == months_back(13)
    assert AuditRecord.objects.filter(action="events dropped").count() == 7
    assert kept_since(scope.schema) == dt.datetime.combine(months_back(13), dt.time(), dt.UTC)
    assert run(scope.schema, Periods(), TODAY) is None
    assert RetentionRun.objects.count() == 1


def test_a_shorter_period_never_reaches_into_the_last_ninety_days(scope, old):
    run(scope.schema, Periods(event_months=3), TODAY)
    assert stored()[0] <= TODAY - dt.timedelta(days=90) < TODAY
    assert len(stored()) >= 4


@given(st.dates(dt.date(2025, 1, 1), dt.date(2040, 12, 31)), st.integers(3, 120))
def test_the_first_day_kept_is_a_months_first_and_ninety_days_back(today, months):
    cutoff = Periods(event_months=months).cutoff(today)
    assert cutoff.day == 1
    assert (today - cutoff).days >= 90
    assert (today.year - cutoff.year) * 12 + today.month - cutoff.month >= months


def test_a_month_with_events_that_wait_stays_and_says_so(scope, old):
    waiting = dt.datetime.combine(months_back(18), dt.time(1), dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO profiles_eventqueue (event_id, lane, received_at, attempts) VALUES (1, 0, %s, 0)",
            [waiting],
        )
    found = preview(scope.schema, Periods(), TODAY)
    assert (len(found.months), found.held_up[0].first) == (2, months_back(18))
    run(scope.schema, Periods(), TODAY)
    assert stored()[0] == months_back(18)


def test_events_of_the_default_partition_go_too(scope, old):
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO profiles_event (received_at, type, handle, message_key, payload)
               VALUES ('2020-02-02', 2, '\\x00', gen_random_uuid(), '\\x00')"""
        )
    assert run(scope.schema, Periods(), TODAY).events == 8
    assert stored()[0] == months_back(13)


def test_dead_letters_go_after_their_days(scope, inside):
    for days in (10, 89, 91, 300):
        letter = DeadLetter.objects.create(reason="x", handle=b"h", payload=b"p")
        DeadLetter.objects.filter(pk=letter.pk).update(
            received_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
        )
    assert run(scope.schema, Periods(), TODAY).letters == 2
    assert DeadLetter.objects.count() == 2


@pytest.mark.parametrize(
    ("months", "days"), [("2", "90"), ("121", "90"), ("13", "6"), ("a", "90"), ("13", "9999")]
)
def test_what_is_no_period_is_refused(months, days):
    with pytest.raises(BadPeriod):
        periods.read(months, days)


def test_periods_are_kept_per_tenant_with_a_record(tenant, rival, inside):
    assert periods.save(tenant.pk, Periods(6, 30), actor="user:1")
    assert not periods.save(tenant.pk, Periods(6, 30), actor="user:1")
    assert periods.periods_of(Tenant.objects.get(pk=tenant.pk)) == Periods(6, 30)
    assert periods.periods_of(Tenant.objects.get(pk=rival.pk)) == Periods()
    assert AuditRecord.objects.get(action="retention changed").details["event_months"] == [13, 6]


def test_suspended_tenants_are_looked_after_and_one_failure_stops_no_other(tenant, rival, monkeypatch):
    from django.db import OperationalError

    Tenant.objects.filter(pk=rival.pk).update(status=Tenant.Status.SUSPENDED)
    seen = []

    def make(schema):
        seen.append(schema)
        if schema == tenant.schema_name:
            raise OperationalError("broken")
        return 1

    monkeypatch.setattr("profiles.partitions.make_ahead", make)
    assert tasks.keep_partitions() == 1
    assert set(seen) == {tenant.schema_name, rival.schema_name}


def test_a_missing_month_is_told(scope, inside):
    assert prepared(scope.schema)
    assert not prepared(scope.schema, dt.date(2041, 1, 31))
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO profiles_event (received_at, type, handle, message_key, payload)
               VALUES ('2041-01-01', 2, '\\x00', gen_random_uuid(), '\\x00')"""
        )
    assert not prepared(scope.schema)


def test_the_end_of_a_month_is_no_trap(scope, inside):
    make_ahead(scope.schema, dt.date(2031, 10, 31))
    names = {month.table for month in months_held(scope.schema)}
    assert {f"profiles_event_{when}" for when in ("2031_10", "2031_11", "2031_12", "2032_01")} <= names
