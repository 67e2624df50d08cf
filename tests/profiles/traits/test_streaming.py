"""A trait follows events as they come, and begins with those that came before."""

import pytest

from ..conftest import ago, event, viewed

SHARES = {"event": "Wishlist Shared"}
ORDER = {"event": "Order Completed", "property": "revenue"}


def shared(user="u1", **fields):
    properties = fields.pop("properties", {})
    return event(event="Wishlist Shared", userId=user, properties=properties, **fields)


def test_what_came_before_and_what_comes_after_counts_once(trait, value, send, process, shopper, pass_over):
    send(shared(), shared())
    process()
    shares = trait("Shares", **SHARES, built=False)
    send(shared())
    process()
    pass_over()
    send(shared(), event(event="Something else", userId="u1"))
    process()
    assert value(shares, shopper("u1")) == 4


@pytest.mark.parametrize(
    ("function", "expected"),
    [("sum", 36.5), ("average", 36.5 / 3), ("minimum", 1.25), ("maximum", 30.0)],
)
@pytest.mark.parametrize("before", [True, False])
def test_numbers(trait, value, send, process, shopper, function, expected, before):
    made = None if before else trait("Number", function=function, **ORDER)
    for revenue in (5.25, "30", 1.25, "much", None):
        send(event(event="order completed ", userId="u1", properties={"revenue": revenue}))
    process()
    made = made or trait("Number", function=function, **ORDER)
    assert value(made, shopper("u1")) == expected


@pytest.mark.parametrize(
    ("function", "expected"),
    [("first", "tea"), ("last", "rum"), ("most_frequent", "bread"), ("unique_list", ["rum", "bread", "tea"])],
)
def test_texts(trait, value, send, process, shopper, function, expected):
    made = trait("Text", event="Wishlist Shared", function=function, property="products.kind")
    send(shared(properties={"products": [{"kind": "rum"}]}, timestamp=ago(days=1)))
    send(
        shared(properties={"products": [{"kind": "tea"}, {"kind": "ann@example.com"}]}, timestamp=ago(days=9))
    )
    send(shared(properties={"products": [{"kind": "bread"}]}, timestamp=ago(days=5)))
    send(shared(properties={"products": [{"kind": "bread"}]}, timestamp=ago(days=4)))
    process()
    assert value(made, shopper("u1")) == expected


def test_a_window_forgets(trait, value, send, process, shopper, monkeypatch):
    recent, ever = trait("Recent", **SHARES, days=7), trait("Ever", **SHARES)
    last = trait("Last", **SHARES, function="last", property="@time", shown="date", days=7)
    send(shared(timestamp=ago(days=6)), shared(timestamp=ago(days=7)))
    process()
    assert (value(recent, shopper("u1")), value(ever, shopper("u1"))) == (1, 2)
    assert value(last, shopper("u1")) == ago(days=6)[:10]


@pytest.mark.parametrize(
    ("op", "values", "counted"),
    [
        ("is", ["APP", "mail"], 2),
        ("is_not", ["app"], 3),
        ("contains", ["p"], 1),
        ("exists", [], 3),
        ("missing", [], 1),
        (">", [2], 1),
        ("after", ["2026-01-05"], 1),
    ],
)
def test_only_events_with_certain_properties(trait, value, send, process, shopper, op, values, counted):
    made = trait("Filtered", **SHARES, where=[{"property": "channel_name", "op": op, "values": values}])
    for channel in ("app", "mail", "2026-02-01" if op == "after" else 3):
        send(shared(properties={"channel_name": channel}))
    send(shared())
    process()
    assert value(made, shopper("u1")) == counted


def test_acts_with_items_count_imported_history_too(trait, value, send, process, shopper, inside):
    from catalog.models import Item
    from profiles.models import Interaction

    send(viewed("u1", item="m1"))
    process()
    item = Item.objects.get(external_id="m1")
    Item.objects.filter(pk=item.pk).update(category="Dairy > Milk", brand="Valley")
    Interaction.objects.create(profile=shopper("u1"), item=item, kind=1, at=ago(days=300), value=0)
    made = trait("Brands", source="act", act="viewed", function="most_frequent", property="brand")
    count = trait("Looks", source="act", act="viewed", where=[{"property": "category", "values": ["milk"]}])
    send(viewed("u1", item="m1"))
    process()
    assert (value(made, shopper("u1")), value(count, shopper("u1"))) == ("Valley", 3)


def test_a_trait_of_traits_is_what_is_said_last(trait, value, send, process, shopper):
    send(event("identify", userId="u1", traits={"tier": "silver"}))
    process()
    tier = trait("Tier", source="trait", function="last", property="tier")
    assert value(tier, shopper("u1")) == "silver"
    send(event("identify", userId="u1", traits={"tier": "gold"}))
    process()
    assert value(tier, shopper("u1")) == "gold"


def test_merged_shoppers_have_what_both_had(trait, value, send, process, shopper, pass_over):
    shares = trait("Shares", **SHARES)
    late = None
    send(shared(), event(event="Wishlist Shared", anonymousId="a1"))
    process()
    late = trait("Late", **SHARES, days=30, built=False)
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    pass_over()
    assert (value(shares, shopper("u1")), value(late, shopper("u1"))) == (2, 2)


def test_who_refuses_to_be_observed_is_not_counted(trait, value, send, process, shopper, scope):
    from compliance.consent import Choice
    from profiles.consents import set_consent
    from tenants.db import tenant_connection

    shares = trait("Shares", **SHARES)
    send(shared())
    process()
    with tenant_connection(scope.schema):
        set_consent(scope, ("user_id", "u1"), [Choice("analytics", "", False, source="test")], actor="test")
    send(shared())
    process()
    assert value(shares, shopper("u1")) == 1


def test_the_neighbours_measures_see_nothing(trait, send, process, rival, rows):
    from profiles.traits.models import Aggregate, SeenEvent
    from tenants.db import tenant_connection

    trait("Shares", **SHARES)
    send(shared(properties={"channel": "app"}))
    process()
    with tenant_connection(rival.schema_name):
        assert not Aggregate.objects.exists()
        assert not SeenEvent.objects.exists()
    assert rows("SELECT name, shown, properties FROM {s}.profiles_seenevent WHERE name LIKE 'wish%%'") in (
        [("wishlist shared", "Wishlist Shared", '{"channel": "text"}')],
        [("wishlist shared", "Wishlist Shared", {"channel": "text"})],
    )
