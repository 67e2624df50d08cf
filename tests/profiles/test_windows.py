"""Windows slide by days: exact at their edges, and the same whether counted at once or one by one."""

import datetime as dt
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.days import UTC_DAYS
from profiles.features import buckets
from profiles.features.definitions import FEATURES, GROUPS
from profiles.features.selector import shopper_features

DAY = 20_000
NOON = dt.datetime.fromtimestamp(DAY * 86400 + 43_200, dt.UTC)


def read(counters, now=NOON, features=None):
    return shopper_features(SimpleNamespace(features=features or {}, counters=counters), now, UTC_DAYS)


@pytest.mark.parametrize(("days_ago", "seen"), [(0, 1), (6, 1), (7, 0), (-1, 0)])
def test_the_edges_of_seven_days(days_ago, seen):
    counters: buckets.Counters = {}
    buckets.add(counters, DAY - days_ago, buckets.PAGE_VIEW)
    assert read(counters)["behaviour"]["page_views_7d"] == seen


@pytest.mark.parametrize(("days_ago", "seen"), [(29, 1), (30, 0)])
def test_the_edges_of_thirty_days(days_ago, seen):
    counters: buckets.Counters = {}
    buckets.add(counters, DAY - days_ago, buckets.PURCHASE)
    assert read(counters)["behaviour"]["purchases_30d"] == seen


def test_the_window_moves_with_the_day_and_nothing_else():
    counters: buckets.Counters = {}
    buckets.add(counters, DAY, buckets.PAGE_VIEW)
    for days in range(7):
        assert read(counters, NOON + dt.timedelta(days=days))["behaviour"]["page_views_7d"] == 1
    assert read(counters, NOON + dt.timedelta(days=7))["behaviour"]["page_views_7d"] == 0


def test_average_order_and_rates():
    counters: buckets.Counters = {}
    for amount in (10, 20.5):
        buckets.add(counters, DAY - 3, buckets.ORDER)
        buckets.add(counters, DAY - 3, buckets.REVENUE, amount)
    buckets.add(counters, DAY, buckets.EMAIL_SENT, 4)
    buckets.add(counters, DAY, buckets.EMAIL_OPEN, 1)
    features = read(counters)
    assert features["behaviour"]["avg_order_value"] == 15.25
    assert features["engagement"]["email_open_rate"] == 0.25


def test_a_stranger_has_every_feature_and_knows_nothing():
    features = read({})
    assert tuple(features) == GROUPS
    assert sum(len(group) for group in features.values()) == len(FEATURES)
    assert features["behaviour"]["avg_order_value"] is None


def test_the_required_features_are_defined():
    names = {feature.name for feature in FEATURES}
    assert names >= {
        *("age", "gender", "location", "page_views_7d", "purchases_30d", "avg_order_value"),
        *("favorite_categories", "brand_affinity", "email_open_rate", "app_usage_frequency"),
        *("category", "price_tier", "popularity_score", "time_of_day", "device_type", "channel"),
    }


@given(st.lists(st.tuples(st.integers(DAY - 200, DAY), st.integers(1, 5)), max_size=40), st.integers(1, 90))
def test_pruning_changes_no_window(acts, days):
    counters: buckets.Counters = {}
    for day, amount in acts:
        buckets.add(counters, day, buckets.CART, amount)
    expected = sum(amount for day, amount in acts if DAY - days < day <= DAY)
    buckets.prune(counters, DAY)
    assert buckets.total(counters, buckets.CART, DAY, days) == expected
