"""Days of a time zone: every moment has one, they follow each other without a gap, and counts are those of a recount."""

import datetime as dt
import uuid
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.days import SECOND, calendar, date_of
from profiles.features.selector import shopper_features
from profiles.features.sessions import GAP_SECONDS
from profiles.processing.apply import apply_events, read_facts
from profiles.processing.drafts import Draft, fold
from tenants.scope import Scope

from .test_any_order import ITEMS, STANDING, occurrence

# Half hours, both hemispheres, clocks that change at midnight, and an hour that comes twice on its date.
ZONES = (
    "UTC",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Los_Angeles",
    "America/Santiago",
    "America/Havana",
    "Africa/Cairo",
    "Pacific/Kiritimati",
)
CHANGES = (  # of clocks, in some zone of the list
    dt.datetime(2025, 4, 5, 16, tzinfo=dt.UTC),
    dt.datetime(2025, 10, 4, 16, tzinfo=dt.UTC),
    dt.datetime(2025, 9, 7, 4, tzinfo=dt.UTC),
    dt.datetime(2025, 4, 6, 3, tzinfo=dt.UTC),
    dt.datetime(2025, 3, 9, 5, tzinfo=dt.UTC),
    dt.datetime(2025, 11, 2, 5, tzinfo=dt.UTC),
    dt.datetime(2025, 4, 24, 22, tzinfo=dt.UTC),
)
moments = st.tuples(st.sampled_from(CHANGES), st.integers(-2 * 86_400, 2 * 86_400)).map(
    lambda pair: int(pair[0].timestamp()) + pair[1]
)
zones = st.sampled_from(ZONES).map(calendar)


def naive_day(at: int, zone: str) -> dt.date:
    return dt.datetime.fromtimestamp(at, ZoneInfo(zone)).date()


@given(moments, zones)
def test_a_moment_is_on_the_date_that_a_calendar_on_the_wall_shows(at, days):
    assert date_of(days.day(at * SECOND)) == naive_day(at, days.name)
    assert days.hour(at * SECOND) == dt.datetime.fromtimestamp(at, ZoneInfo(days.name)).hour
    assert days.days(np.array([at * SECOND])).tolist() == [days.day(at * SECOND)]
    assert days.hours(np.array([at * SECOND])).tolist() == [days.hour(at * SECOND)]


@given(moments, zones)
def test_a_day_begins_with_its_first_moment(at, days):
    day = days.day(at * SECOND)
    start = days.start(day)
    assert start <= at * SECOND < days.start(day + 1)
    assert (days.day(start), days.day(start - 1)) == (day, day - 1)
    assert days.starts(np.array([day, day + 1])).tolist() == [start, days.start(day + 1)]
    assert days.end(date_of(day)) == dt.datetime.fromtimestamp(
        days.start(day + 1) // SECOND, dt.UTC
    ) - dt.timedelta(microseconds=1)


def test_an_unknown_zone_is_utc():
    assert calendar("Mars/Base").name == "UTC"


acts = st.tuples(
    moments,
    st.sampled_from(["page", "Product Viewed", "Order Completed"]),
    st.sampled_from(sorted(ITEMS)),
    st.sampled_from([9.99, 0.1]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(acts, min_size=1, max_size=25), zones, moments, st.integers(0, 24), st.randoms())
def test_windows_and_visits_are_those_of_a_recount(rows, days, now, cut, rng):
    now = max(now, max(at for at, *_ in rows))
    rng.shuffle(rows)
    one, other = Draft(1, uuid.UUID(int=1)), Draft(2, uuid.UUID(int=2))
    for draft, part in ((one, rows[:cut]), (other, rows[cut:])):
        events = [occurrence(row) for row in part]
        facts, _ = read_facts(events)
        today = days.today(now)
        apply_events(
            cast(Scope, None),
            events,
            [draft] * len(events),
            facts,
            ITEMS,
            STANDING,
            today,
            days=days,
        )
    fold(other, one)
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    found = shopper_features(SimpleNamespace(features=one.features, counters=one.counters), moment, days)[
        "behaviour"
    ]
    today = naive_day(now, days.name)

    def within(at: int, window: int) -> bool:
        return 0 <= (today - naive_day(at, days.name)).days < window

    assert found["page_views_7d"] == sum(within(at, 7) for at, name, *_ in rows if name == "page")
    assert found["orders_30d"] == sum(within(at, 30) for at, name, *_ in rows if "Order" in name)
    times = sorted(at for at, *_ in rows)
    begun = [
        at
        for before, at in zip([None, *times], times, strict=False)
        if before is None or at - before > GAP_SECONDS
    ]
    assert found["sessions_30d"] == sum(within(at, 30) for at in begun)


@pytest.mark.parametrize(("zone", "part"), [("UTC", "evening"), ("Australia/Sydney", "morning")])
def test_the_part_of_the_day_is_the_shops(zone, part):
    at = int(dt.datetime(2025, 7, 1, 22, 30, tzinfo=dt.UTC).timestamp())
    draft, days = Draft(1, uuid.UUID(int=1)), calendar(zone)
    event = occurrence((at, "page", "i1", 1.0))
    apply_events(cast(Scope, None), [event], [draft], [[]], {}, STANDING, days.today(at), days=days)
    moment = dt.datetime.fromtimestamp(at, dt.UTC)
    row = SimpleNamespace(features=draft.features, counters=draft.counters)
    assert shopper_features(row, moment, days)["context"]["time_of_day"] == part
