"""A feature is as old as the latest thing that it is made from."""

import datetime as dt

from profiles.days import UTC_DAYS
from profiles.features.ages import ages

SEEN = dt.datetime(2025, 3, 10, 8, tzinfo=dt.UTC)
DAY = (dt.date(2025, 3, 1) - dt.date(1970, 1, 1)).days


def test_counts_leanings_and_traits_have_each_their_own():
    counters = {str(DAY): {"pv": 2}, str(DAY - 5): {"pv": 1, "pu": 1, "or": 1}}
    found = ages(counters, last_act=SEEN - dt.timedelta(days=2), last_seen=SEEN, days=UTC_DAYS)
    assert found["page_views_7d"] == {"changed_on": dt.date(2025, 3, 1), "window_days": 7}
    assert found["orders_30d"]["changed_on"] == dt.date(2025, 2, 24)
    assert found["favorite_categories"]["changed_on"] == dt.date(2025, 3, 8)
    assert found["time_of_day"]["changed_on"] == dt.date(2025, 3, 10)
    assert found["gender"]["changed_on"] is None
    assert found["cart_adds_30d"]["changed_on"] is None
