"""What the planner reads from the past, and how it counts days."""

import datetime as dt

import pytest

from catalog.models import Item
from experiments.models import Metric
from experiments.planning import Setting, base_rate, baseline_of, days_for, effect_after, plan
from experiments.stats import Baseline, Estimate
from profiles.models import Interaction, Profile

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
FIRST = NOW - dt.timedelta(days=14 + 28)


@pytest.fixture
def item(inside):
    return Item.objects.create(external_id="m", title="Milk", price="2", currency="USD")


def shopper(item, *acts):
    """Acts as (day after the look-back began, kind, value, order)."""
    profile = Profile.objects.create(first_seen_at=FIRST, last_seen_at=FIRST)
    for day, kind, value, order in acts:
        at = FIRST + dt.timedelta(days=day, minutes=1)
        Interaction.objects.create(profile=profile, item=item, kind=kind, at=at, value=value, order_key=order)


def test_shoppers_count_from_their_first_act_for_one_window(scope, item):
    shopper(item, (0, 1, 0, 0), (3, 3, 20, 1), (3.01, 3, 10, 1), (5, 3, 30, 2))
    shopper(item, (2, 1, 0, 0), (17, 3, 99, 3))  # bought too late
    shopper(item, (2, 2, 0, 0), (4, 3, 9, 6))
    shopper(item, (-3, 1, 0, 0), (-1, 3, 50, 4))  # came before
    shopper(item, (30, 1, 0, 0), (31, 3, 50, 5))  # came after: the window would still be open
    found = base_rate(scope.schema, Metric.objects.get(key="revenue-per-shopper"), NOW)
    assert (found.shoppers, found.baseline.value) == (3, 23)
    assert found.arrivals[:3] == [1, 0, 2]
    orders = base_rate(scope.schema, Metric.objects.get(key="orders-per-shopper"), NOW)
    assert orders.baseline.value == 1
    conversion = base_rate(scope.schema, Metric.objects.get(key="conversion"), NOW)
    assert (conversion.baseline.value, conversion.baseline.proportion) == (pytest.approx(2 / 3), True)
    worth = base_rate(scope.schema, Metric.objects.get(key="average-order-value"), NOW)
    assert worth.baseline.value == 23


def test_nobody_and_events_that_interactions_do_not_tell(scope, item):
    metric = Metric.objects.get(key="conversion")
    assert base_rate(scope.schema, metric, NOW) is None
    metric.what, metric.event = "event", "Signed up"
    shopper(item, (0, 1, 0, 0))
    assert base_rate(scope.schema, metric, NOW) is None


def test_another_tenants_shoppers_are_not_counted(scope, item, rival):
    shopper(item, (0, 1, 0, 0), (3, 3, 20, 1))
    shopper(item, (0, 1, 0, 0))
    assert base_rate(rival.schema_name, Metric.objects.get(key="conversion"), NOW) is None


@pytest.mark.parametrize(
    ("units", "traffic", "days"),
    [(10, 1, 1), (11, 1, 2), (20, 0.5, 4), (30, 1, 3), (60, 1, 6), (61, 1, 7), (10**6, 1, None)],
)
def test_days_until_so_many_have_come(units, traffic, days):
    assert days_for(units, [10, 10, 10], traffic) == days


def test_a_shop_where_nobody_comes():
    assert days_for(5, [], 1) is None
    assert days_for(5, [0, 0], 1) is None


def test_a_plan_is_undone_by_the_effect_after_it():
    baseline, setting = Baseline.of_proportion(0.1), Setting(variants=3)
    found = plan(baseline, [5_000] * 28, 0.1, setting)
    assert found.units == 3 * found.per_variant
    assert effect_after(baseline, found.units, setting) == pytest.approx(0.1, rel=0.01)


def test_what_varies_too_little_to_plan_with():
    assert baseline_of("proportion", None) is None
    assert baseline_of("proportion", Estimate(1.0, 0.0, 50)) is None
    assert baseline_of("mean", Estimate(0.0, 0.0, 50)) is None
    assert baseline_of("mean", Estimate(20.0, 4.0, 50, 49)).variance == 200
