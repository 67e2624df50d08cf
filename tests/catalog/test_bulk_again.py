"""Sending the same again changes nothing; sending some fields changes these."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.models import Item
from tenants import epochs
from tenants.models import Due, Tenant
from tests.catalog.bulk import dress, post

Api = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("inside")
ROWS = [dress(f"D{n}", price=10 + n, variants=[{"variant_id": "S"}, {"variant_id": "M"}]) for n in range(30)]


def counts(answer: object) -> tuple[int, ...]:
    report = answer.json()  # type: ignore[attr-defined]
    return tuple(report[name] for name in ("created", "changed", "unchanged", "repeated", "rejected"))


def test_twice_is_once(api: Api, secret_key: str, tenant: Tenant) -> None:
    assert counts(post(api(secret_key), *ROWS)) == (30, 0, 0, 0, 0)
    before = epochs.current(tenant.schema_name)
    stamps = dict(Item.objects.values_list("pk", "updated_at"))
    assert counts(post(api(secret_key), *ROWS)) == (0, 0, 30, 0, 0)
    assert epochs.current(tenant.schema_name) == before
    assert dict(Item.objects.values_list("pk", "updated_at")) == stamps


def test_a_change_moves_the_epoch_once_a_batch(api: Api, secret_key: str, tenant: Tenant) -> None:
    post(api(secret_key), *ROWS)
    before = epochs.current(tenant.schema_name)["catalogue"]
    assert counts(post(api(secret_key), *[{**row, "price": 5} for row in ROWS])) == (0, 30, 0, 0, 0)
    assert epochs.current(tenant.schema_name)["catalogue"] == before + 1


def test_a_line_touches_only_the_fields_it_names(api: Api, secret_key: str) -> None:
    post(api(secret_key), dress("A", brand="Dovelane", currency="EUR", attributes={"a": 1}))
    assert counts(post(api(secret_key), {"item_id": "A", "price": 5})) == (0, 1, 0, 0, 0)
    item = Item.objects.get()
    assert (float(item.price or 0), item.brand, item.title, item.currency) == (
        5,
        "Dovelane",
        "Linen dress",
        "EUR",
    )
    assert counts(post(api(secret_key), {"item_id": "A", "price": None, "brand": None})) == (0, 1, 0, 0, 0)
    item.refresh_from_db()
    assert (item.price, item.brand, item.attributes) == (None, "", {"a": 1})


def test_the_same_item_twice_in_a_batch_is_merged_in_order(api: Api, secret_key: str) -> None:
    answer = post(api(secret_key), dress("A", brand="First"), {"item_id": "A", "price": 1})
    assert counts(answer) == (1, 0, 0, 1, 0)
    item = Item.objects.get()
    assert (float(item.price or 0), item.brand) == (1, "First")


def test_a_change_of_variants_alone_counts(api: Api, secret_key: str) -> None:
    post(api(secret_key), *ROWS)
    fewer = {"item_id": "D0", "variants": [{"variant_id": "S", "available": False}]}
    assert counts(post(api(secret_key), fewer)) == (0, 1, 0, 0, 0)
    item = Item.objects.get(external_id="D0")
    assert [(v.external_id, v.available) for v in item.variants.all()] == [("S", False)]
    assert not item.available


def test_a_whole_item_comes_back_a_stock_change_revives_nothing(api: Api, secret_key: str) -> None:
    client = api(secret_key)
    post(client, dress("A"))
    assert client.delete("/api/v1/catalog/items/A").status_code == 204
    post(client, {"item_id": "A", "available": True, "price": 3})
    assert Item.objects.get().status == "disabled"
    assert counts(post(client, dress("A", price=3))) == (0, 1, 0, 0, 0)
    assert Item.objects.get().status == "active"


def test_an_item_that_only_events_knew_needs_a_title_and_counts_as_created(api: Api, secret_key: str) -> None:
    Item.objects.create(external_id="A", title="", status=Item.Status.UNLISTED)
    assert counts(post(api(secret_key), {"item_id": "A", "price": 3})) == (0, 0, 0, 0, 1)
    pk = Item.objects.get().pk
    assert counts(post(api(secret_key), dress("A"))) == (1, 0, 0, 0, 0)
    assert (Item.objects.get().pk, Item.objects.get().status) == (pk, "active")


def test_only_new_text_asks_for_vectors(api: Api, secret_key: str, tenant: Tenant) -> None:
    post(api(secret_key), dress("A"))
    assert Due.objects.filter(tenant=tenant, queue="vectors").exists()
    Due.objects.all().delete()
    post(api(secret_key), dress("A", price=1, available=False))
    assert not Due.objects.filter(tenant=tenant, queue="vectors").exists()
    post(api(secret_key), dress("A", title="Silk dress"))
    assert Due.objects.filter(tenant=tenant, queue="vectors").exists()
