"""CUPED reads what a shopper did in the weeks before their own exposure, and nothing later."""

import datetime as dt

import numpy as np
import pytest

from catalog.models import Item
from experiments.results import results_of
from profiles.models import Interaction, Profile

from .log import START, Log, experiment, later, unit

NOW = later(days=60)


@pytest.fixture
def milk(inside):
    return Item.objects.create(external_id="m", title="Milk", price="2", currency="USD")


def shopper(number, at=START):
    return Profile.objects.create(unit=unit(number), first_seen_at=at, last_seen_at=at)


def bought(profile, item, at, value, order=1):
    Interaction.objects.create(
        profile=profile, item=item, kind=3, at=at, value=value, order_key=order, quantity=1
    )


def regular_shoppers(made, milk, *, past=True):
    """Who spent much before spends much after; "personal" adds two."""
    rng = np.random.default_rng(2)
    log = Log(made)
    for number in range(1, 201):
        taste, personal = float(rng.gamma(2, 20)), number % 2
        log.expose(number, "personal" if personal else "control", later(days=1))
        log.convert(number, "order", later(days=3), taste + float(rng.normal(0, 1)) + 2 * personal)
        if past:
            bought(shopper(number), milk, later(days=-9), taste)
    log.write()


def test_the_past_narrows_the_interval(scope, milk):
    made = experiment(metrics={"revenue-per-shopper": "primary"})
    regular_shoppers(made, milk)
    found = results_of(scope.schema, made, NOW).primary
    assert found.adjustment.reduction > 0.95
    assert found.adjustment.theta == pytest.approx(1, abs=0.02)
    interval = found.comparisons["personal"].fixed
    assert interval.low <= 2 <= interval.high
    assert interval.high - interval.low < 1


def test_zero_days_switch_it_off(scope, milk):
    made = experiment(metrics={"revenue-per-shopper": "primary"}, covariate_days=0)
    regular_shoppers(made, milk)
    found = results_of(scope.schema, made, NOW).primary
    assert found.adjustment is None
    assert found.comparisons["personal"].fixed.high - found.comparisons["personal"].fixed.low > 5


def test_what_came_after_the_exposure_or_long_before_is_not_read(scope, milk):
    made = experiment(metrics={"revenue-per-shopper": "primary"})
    log = Log(made)
    for number in (1, 2, 3, 4):
        profile = shopper(number)
        log.expose(number, "control" if number % 2 else "personal", later(days=number))
        bought(profile, milk, later(days=number, seconds=1), 1000)
        bought(profile, milk, later(days=number - 29), 1000)
        Interaction.objects.create(profile=profile, item=milk, kind=1, at=later(days=number - 1), value=1000)
    log.write()
    assert results_of(scope.schema, made, NOW).primary.adjustment is None


def test_orders_are_counted_not_their_lines(scope, milk):
    made = experiment(metrics={"orders-per-shopper": "primary"})
    log = Log(made)
    for number in range(1, 61):
        profile, orders = shopper(number), number % 4
        log.expose(number, "control" if number % 2 else "personal")
        for order in range(orders):
            when = START - dt.timedelta(days=order + 1)
            bought(profile, milk, when, 1, order=order + 1)
            bought(profile, milk, when, 1, order=order + 1)
            log.convert(number, "order", later(days=order + 1), 2)
    log.write()
    assert results_of(scope.schema, made, NOW).primary.adjustment.theta == pytest.approx(1)
