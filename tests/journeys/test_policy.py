"""Quiet hours and caps, through clock changes and at their edges."""

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from journeys.delivery.policy import Circumstances, Policy, judge
from journeys.local_time import next_local, within

BERLIN, UTC = ZoneInfo("Europe/Berlin"), dt.UTC
NIGHT = Policy(cap_day=0, cap_week=0, quiet_from=dt.time(21), quiet_until=dt.time(8))


def verdict(now, policy=NIGHT, **fields):
    c = Circumstances("webhook", True, created_at=now, zone=BERLIN, **fields)
    return judge(c, policy, now)


def test_quiet_hours_end_at_the_local_hour_on_the_night_the_clocks_go_forward():
    now = dt.datetime(2026, 3, 28, 21, 30, tzinfo=BERLIN).astimezone(UTC)
    assert verdict(now).until == dt.datetime(2026, 3, 29, 6, 0, tzinfo=UTC)  # 08:00 in summer time


def test_and_on_the_night_they_go_back():
    now = dt.datetime(2026, 10, 24, 22, 0, tzinfo=BERLIN).astimezone(UTC)
    assert verdict(now).until == dt.datetime(2026, 10, 25, 7, 0, tzinfo=UTC)  # 08:00 in winter time


def test_in_the_hour_that_comes_twice_quiet_ends_within_that_hour():
    policy = Policy(cap_day=0, cap_week=0, quiet_from=dt.time(21), quiet_until=dt.time(2, 30))
    second = dt.datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time
    assert verdict(second, policy).until == dt.datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_time_that_the_clocks_jump_over_comes_as_much_later():
    after = dt.datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert next_local(after, dt.time(2, 30), BERLIN) == dt.datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(
    st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.times(), st.times(), st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
)  # fmt: skip
def test_after_a_quiet_delay_it_is_not_quiet(now, start, end, zone):
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    if start == end:
        return
    policy = Policy(cap_day=0, cap_week=0, quiet_from=start, quiet_until=end)
    found = judge(Circumstances("webhook", True, created_at=now, zone=ZoneInfo(zone)), policy, now)
    if found.decision == "delay":
        assert found.until > now
        assert found.until - now <= dt.timedelta(hours=25, minutes=1)
        later = found.until + dt.timedelta(hours=1, minutes=1)
        # The end may fall into the hour that the clocks skip or repeat; past it the rule is exact.
        assert not within(found.until, start, end, ZoneInfo(zone)) or later > found.until


@given(st.lists(st.integers(0, 10_000), max_size=12), st.integers(1, 4), st.integers(1, 8))
def test_the_cap_delays_until_one_more_is_allowed(minutes, day, week):
    now = dt.datetime(2026, 5, 20, 12, tzinfo=UTC)
    sent = [now - dt.timedelta(minutes=m) for m in minutes]
    policy = Policy(cap_day=day, cap_week=week)
    c = Circumstances("webhook", True, created_at=now, sent=sent)
    for _ in range(30):
        found = judge(c, policy, now)
        if found.decision == "send":
            break
        assert found.until > now
        now = c.created_at = found.until
    assert sum(at > now - dt.timedelta(days=1) for at in sent) < day
    assert sum(at > now - dt.timedelta(days=7) for at in sent) < week


def test_transactional_messages_know_no_cap_and_no_night():
    now = dt.datetime(2026, 5, 20, 23, tzinfo=UTC)
    c = Circumstances("webhook", False, created_at=now, sent=[now] * 20, consented=False)
    assert judge(c, NIGHT, now).decision == "send"


def test_settings_that_make_no_sense_are_the_defaults():
    said = {"messages": {"cap_day": -1, "cap_week": "x", "quiet_from": "25:00", "quiet_until": "08:00"}}
    assert Policy.from_settings(said) == Policy()
    assert Policy.from_settings({"messages": "x"}) == Policy()
