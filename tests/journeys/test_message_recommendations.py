"""Recommendations in a message: nothing that the shopper has in the cart already, no title twice."""

import pytest

from catalog.models import Item
from journeys.messages.recommend import Recommending
from recommendations.models import Placement
from recommendations.serving.tenant_state import forget_states

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def ask(scope):
    """`ask(event, cart)`: the titles of a block of three. The shop has two loaves of one title."""
    forget_states()
    Placement.objects.get_or_create(key="email", defaults={"name": "Email"})
    for key, title in (("i1", "Bread"), ("i2", "Bread "), ("i3", "Milk"), ("i4", "Tea"), ("i5", "Honey")):
        Item.objects.create(external_id=key, title=title, category=f"Food > {key}", price=2, currency="EUR")

    def titles(event=None, cart=()):
        found = Recommending(scope, None, "email", "http://h", event=event, cart=cart, keep=False)
        return sorted(item["title"].strip() for item in found("email", 3))

    return titles


def test_no_title_comes_twice(ask):
    assert len(set(ask())) == 3


def test_neither_what_it_is_about_nor_what_is_in_the_cart_is_shown(ask):
    event = {"name": "Product Added", "properties": {"product_id": "i3"}}
    assert ask(event, ["i4", ""]) == ["Bread", "Honey"]


def test_the_block_stays_full_while_the_shop_has_enough(ask):
    assert len(ask(cart=["i3"])) == 3
