"""The grocer's data is whole, readable, and ends near today."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from catalog.lines import checked
from config.demo import complete_journey as grocer
from config.demo.grocery_offers import campaigns, offers
from config.demo.grocery_prices import medians
from config.demo.grocery_words import package, product_title, readable

TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("table", "rows"),
    [("products", 92_331), ("transactions", 1_469_307), ("demographics", 801), ("campaigns", 6_589)],
)
def test_the_files_are_whole(table: str, rows: int) -> None:
    assert grocer.row_count(table) == rows


def test_every_purchase_line_is_there() -> None:
    history = grocer.history(TODAY)
    assert len(history) == 1_469_307
    assert len(history.users) == 2_469
    assert bool(np.all(np.diff(history.at.astype(np.int64)) >= 0))
    assert history.at[0] == np.datetime64("2017-01-01T11:53:26") + np.timedelta64(history.offset_days, "D")
    assert sum(len(chunk) for chunk in history.chunks(400_000)) == 1_469_307


@pytest.mark.parametrize("ahead", range(14))
def test_dates_move_by_whole_weeks_to_the_week_before_today(ahead: int) -> None:
    today = TODAY + dt.timedelta(days=ahead)
    days = grocer.offset_days(today)
    assert days % 7 == 0
    assert 1 <= (today - (grocer.LAST_DAY + dt.timedelta(days=days))).days <= 7


def test_the_first_product_can_be_read_and_is_taken() -> None:
    first = next(grocer.products())
    assert (first.title, first.brand, first.item_id) == ("Ice - Crushed / Cubed, 22 lb", "Maker 2", "25671")
    assert first.category == ["Grocery", "Frozen Ice", "Ice - Crushed / Cubed"]
    assert isinstance(first.price, Decimal)
    checked(first)


def test_traits_leave_out_what_is_not_known() -> None:
    traits = grocer.traits()
    assert len(traits) == 801
    assert traits["1"]["age"] == "65+"
    assert "home_ownership" not in traits["1003"]


def test_offers_are_valid_when_their_campaign_was() -> None:
    found = campaigns(TODAY)
    assert len(found) == 27
    assert sum(len(campaign.households) for campaign in found) == 6_589
    made = list(offers(TODAY))
    assert len(made) == 27 + 1_197
    assert len({offer.item_id for offer in made}) == len(made)
    coupon = next(
        offer
        for offer in made
        if offer.item_id == "coupon-1-10000089061" or "coupon-1-" in str(offer.item_id)
    )
    first = next(campaign for campaign in found if campaign.campaign_id == 1)
    assert (coupon.starts_at, coupon.ends_at) == (first.starts_at, first.ends_at)
    assert first.starts_at == dt.datetime(2017, 3, 3, tzinfo=dt.UTC) + dt.timedelta(
        days=grocer.offset_days(TODAY)
    )
    assert coupon.attributes["products"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("till", "words"),
    [
        ("FRZN PIZZA", "Frozen Pizza"),
        ("FRZN MEAT/MEAT DINNERS", "Frozen Meat / Meat Dinners"),
        ("CHRISTMAS  SEASONAL", "Christmas Seasonal"),
        ("PREMIUM COOKIES (EX: PEPPERIDG", "Premium Cookies"),
        ("BREAD:ITALIAN/FRENCH", "Bread: Italian / French"),
    ],
)
def test_till_words_become_readable(till: str, words: str) -> None:
    assert readable(till) == words


def test_titles() -> None:
    assert (
        product_title("GROCERY", "FROZEN PIZZA", "PIZZA/PREMIUM", "27.15 OZ", False)
        == "Pizza / Premium, 27.15 oz"
    )
    assert product_title("MEAT", "BEEF", "LEAN", "", True) == "Beef: Lean (store brand)"
    assert product_title("DRUG GM", "", "", "", False) == "Drugstore"
    assert package("6 PK/4 OZ") == "6 pack/4 oz"


@pytest.mark.parametrize(
    ("category", "kind", "gated"),
    [
        ("BEERS/ALES", "BEERALEMALT LIQUORS", True),
        ("CIGARETTES", "CIGARETTES", True),
        ("SPICES & EXTRACTS", "COOKING WINE", False),
        ("SOUP", "CONDENSED SOUP", False),
    ],
)
def test_alcohol_and_tobacco_are_for_adults(category: str, kind: str, gated: bool) -> None:
    assert grocer.is_age_gated(category, kind) is gated


def test_lower_medians_by_hand() -> None:
    keys, values = medians(np.array([2, 1, 2, 2, 1]), np.array([5.0, 1.0, 3.0, 4.0, 2.0]))
    assert (keys.tolist(), values.tolist()) == ([1, 2], [1.0, 4.0])
