"""The lab's tenant knows nothing of what its shoppers will do."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from config.demo import complete_journey
from config.demo.lab import data

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module", autouse=True)
def memory():
    yield
    data.forget()


@pytest.mark.parametrize("ahead", range(14))
def test_the_cut_is_today_and_weekdays_stay_true(ahead: int) -> None:
    today = TODAY + dt.timedelta(days=ahead)
    cut = data.cut_day(today)
    assert (today - cut).days % 7 == 0
    assert dt.timedelta(weeks=4) <= complete_journey.LAST_DAY - cut < dt.timedelta(weeks=5)


def test_history_ends_where_the_future_begins() -> None:
    history = data.history(TODAY)
    assert history.at.max() < np.datetime64(TODAY)
    assert history.at.max() > np.datetime64(TODAY - dt.timedelta(days=2))
    assert history.at.min() >= np.datetime64(TODAY - dt.timedelta(weeks=data.WEEKS_BEFORE))


def test_what_households_want_is_what_they_bought_after_the_cut() -> None:
    cut = data.cut_day(TODAY)
    lines = complete_journey.purchases()
    after = lines["transaction_timestamp"] >= np.datetime64(cut)
    within = after & (lines["transaction_timestamp"] < np.datetime64(cut + dt.timedelta(weeks=4)))
    paid = within & (lines["quantity"] > 0) & (lines["sales_value"] > 0)
    wants = data.wants(cut)
    assert sum(line.value for mine in wants.values() for line in mine.values()) == pytest.approx(
        float(lines["sales_value"][paid].sum())
    )
    assert sum(map(len, wants.values())) == len(
        np.unique(lines["household_id"][paid].astype(np.int64) * 10**9 + lines["product_id"][paid])
    )


def test_the_catalogue_has_what_was_bought_often_before_the_cut() -> None:
    cut = data.cut_day(TODAY)
    known = data.before(cut)
    ids, count = np.unique(known["product_id"], return_counts=True)
    assert count.min() >= data.LEAST_BOUGHT
    items = list(data.items(cut))
    described = np.intersect1d(ids, complete_journey.read("products", ["product_id"])["product_id"])
    assert len(described) > 0.99 * len(ids)
    assert sorted(int(item.item_id) for item in items) == described.tolist()
    assert all(item.price for item in items)
