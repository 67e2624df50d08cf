"""Reading the catalogue in bulk."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from django.utils import timezone

from catalog import selectors
from catalog.lines import ItemInput
from catalog.models import Item
from catalog.services import upsert_items
from tenants.models import Tenant

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def stocked(tenant: Tenant) -> str:
    upsert_items(
        tenant.schema_name,
        [
            ItemInput(
                item_id="A", title="Linen dress", category="Women > Dresses", brand="Dovelane", price=None
            ),
            ItemInput(item_id="B", title="Wool coat", category="Women > Coats", available=False, age_min=18),
            ItemInput(
                item_id="C",
                title="Coat",
                category="Women > Coats",
                ends_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            ),
        ],
    )
    return tenant.schema_name


def test_columns_are_aligned(stocked: str) -> None:
    columns = selectors.catalogue_columns(stocked)
    assert columns["external_id"] == ["A", "B", "C"]
    assert bool(np.all(np.diff(columns["pk"]) > 0))
    assert [columns["category_names"][c] for c in columns["category_code"]] == columns["category"]
    assert [columns["brand_names"][c] for c in columns["brand_code"]] == ["Dovelane", "", ""]
    assert np.isnan(columns["price"]).all()
    assert columns["available"].tolist() == [True, False, True]
    assert columns["age_min"].tolist() == [0, 18, 0]
    assert columns["ends_at"][0] == np.inf
    assert columns["ends_at"][2] == dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp()
    assert set(columns["status"]) == {"active"}


def test_an_empty_catalogue_has_empty_columns(tenant: Tenant) -> None:
    columns = selectors.catalogue_columns(tenant.schema_name)
    assert all(len(column) == 0 for column in columns.values())  # type: ignore[arg-type]


def test_ids_both_ways(stocked: str) -> None:
    pks = selectors.pks_of(["A", "C", "nobody"])
    assert set(pks) == {"A", "C"}
    assert selectors.external_ids_of(pks.values()) == {pk: name for name, pk in pks.items()}


def test_what_changed_lately_comes_with_a_little_overlap(stocked: str) -> None:
    long_ago = timezone.now() - dt.timedelta(hours=1)
    Item.objects.filter(external_id="A").update(updated_at=long_ago)
    Item.objects.filter(external_id="B").update(updated_at=timezone.now() - dt.timedelta(seconds=5))
    changed = [pk for pk, _, _ in selectors.changed_since(stocked, timezone.now())]
    pks = selectors.pks_of("ABC")
    assert changed == [pks["B"], pks["C"]]


def test_cards_come_in_the_order_asked_for(stocked: str) -> None:
    Item.objects.create(external_id="U", title="U", status=Item.Status.UNLISTED)
    cards = selectors.item_cards(["C", "nobody", "A", "U"])
    assert [card["item_id"] for card in cards] == ["C", "A"]
    assert cards[1]["department"] == "Women"


def test_search_ranks_titles_above_categories(stocked: str, tenant: Tenant) -> None:
    upsert_items(
        tenant.schema_name, [ItemInput(item_id="D", title="A belt", category="Women > Coats > Belts")]
    )
    assert [item.external_id for item in selectors.search("coat")][-1] == "D"
    assert {item.external_id for item in selectors.search("coat")} == {"B", "C", "D"}
