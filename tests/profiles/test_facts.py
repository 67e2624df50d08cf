"""The e-commerce names of the tracking spec become typed facts."""

import pytest

from catalog.models import Item
from tenants.db import tenant_connection

from .conftest import ago, event


@pytest.fixture
def facts(send, process, rows):
    def of(*events):
        send(*events)
        process()
        return rows(
            "SELECT i.external_id, f.kind, f.quantity, f.value, f.place, f.channel FROM {s}.profiles_interaction f"
            " JOIN {s}.catalog_item i ON i.id = f.item_id ORDER BY f.id"
        )

    return of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Product Viewed", 1),
        ("Product Clicked", 1),
        ("Product Added", 2),
        ("Product Removed", 4),
        ("Recommendation Clicked", 6),
        ("product viewed", 1),
        ("Product Added to Wishlist", 7),
        ("Product Removed from Wishlist", 8),
        ("Wishlist Product Added to Cart", 2),
        ("Viewed Product", 1),
        ("Added Product", 2),
        ("Removed Product", 4),
    ],
)
def test_one_item(facts, name, kind):
    given = event(userId="u1", event=name, properties={"product_id": "p1", "quantity": 2, "price": 9})
    assert facts(given) == [("p1", kind, 2.0, 0.0, -1, "web")]


ORDER = {
    "order_id": "o1",
    "revenue": 25,
    "store_id": 7,
    "products": [
        {"product_id": "p1", "quantity": 2, "price": 10},
        {"sku": 5, "price": "5.00"},
        {"name": "without an id"},
        "nonsense",
    ],
}


def test_an_order(facts, shopper):
    found = facts(event(userId="u1", event="Order Completed", properties=ORDER))
    assert found == [("p1", 3, 2.0, 20.0, 7, "store"), ("5", 3, 1.0, 5.0, 7, "store")]
    [day] = shopper("u1").counters.values()
    assert (day["or"], day["rv"], day["pu"], day["se"]) == (1, 25, 2, 1)


@pytest.mark.parametrize("name", ["Order Refunded", "Order Cancelled"])
def test_what_comes_back(facts, name):
    found = facts(event(userId="u1", event=name, properties=ORDER))
    assert [row[:2] for row in found] == [("p1", 5), ("5", 5)]


def test_a_late_event_lands_on_its_own_day(facts, shopper):
    import datetime as dt

    facts(event(userId="u1", event="Product Viewed", properties={"product_id": "p"}, timestamp=ago(days=3)))
    today = int(dt.datetime.now(dt.UTC).timestamp() // 86400)
    assert list(shopper("u1").counters) == [str(today - 3)]


def test_an_unknown_item_is_kept_unlisted_and_a_known_one_untouched(facts, scope):
    with tenant_connection(scope.schema):
        Item.objects.create(external_id="known", title="Known", category="Food > Fruit", brand="Acme")
    facts(
        event(userId="u1", event="Product Viewed", properties={"product_id": "known"}),
        event(userId="u1", event="Product Viewed", properties={"product_id": "new"}),
    )
    with tenant_connection(scope.schema):
        assert Item.objects.get(external_id="new").status == Item.Status.UNLISTED
        assert Item.objects.get(external_id="known").title == "Known"


def test_tastes_come_from_the_catalogue(facts, scope, shopper):
    from profiles.features.habits import shares

    with tenant_connection(scope.schema):
        Item.objects.create(external_id="p1", title="Apple", category="Food > Fruit", brand="Acme")
    facts(event(userId="u1", event="Order Completed", properties=ORDER))
    assert shares(shopper("u1").features, "categories", 1) == {"Fruit": 1.0}
    assert shares(shopper("u1").features, "brands", 1) == {"Acme": 1.0}


@pytest.mark.parametrize("quantity", [None, "x", -3, True, [], "1e400"])
def test_a_senseless_quantity_counts_as_one(facts, quantity):
    given = event(userId="u1", event="Product Added", properties={"product_id": "p", "quantity": quantity})
    assert facts(given)[0][2] == 1.0


def test_processing_again_changes_nothing(facts, process, shopper):
    facts(event(userId="u1", event="Order Completed", properties=ORDER))
    version = shopper("u1").version
    assert process() == 0
    assert shopper("u1").version == version


@pytest.mark.parametrize(
    "name",
    [
        *("Products Searched", "Product List Viewed", "Product List Filtered", "Promotion Viewed"),
        *("Promotion Clicked", "Cart Viewed", "Checkout Started", "Checkout Step Viewed", "Coupon Applied"),
        *(
            "Checkout Step Completed",
            "Payment Info Entered",
            "Order Updated",
            "Cart Shared",
            "Product Shared",
        ),
        *("Product Reviewed", "Coupon Entered", "Coupon Denied"),
    ],
)
def test_other_names_are_events_and_no_facts(facts, rows, name):
    assert facts(event(userId="u1", event=name, properties={**ORDER, "product_id": "p1"})) == []
    assert rows("SELECT count(*) FROM {s}.profiles_event WHERE profile_id IS NOT NULL") == [(1,)]
    assert rows("SELECT count(*) FROM {s}.profiles_deadletter") == [(0,)]
