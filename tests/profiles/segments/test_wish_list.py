"""What shoppers put on their wish lists is an act like the others."""

from ...profiles.conftest import event
from .conftest import act, all_of


def wished(user, item):
    return event(event="Product Added to Wishlist", userId=user, properties={"product_id": item})


def test_a_wish_moves_shoppers_as_it_comes_and_when_everybody_is_looked_at(
    streaming, live, members, send, process, shopper
):
    send(wished("u1", "i1"), wished("u1", "i2"))
    process()
    two = live("Two wishes", all_of(act("wished", value=2, days=30)))
    tea = live("Wishes tea", all_of(act("wished", items=["tea"], days=None), act("bought", op="=", value=0)))
    assert members(two) == {shopper("u1").pk}
    send(wished("u2", "tea"))
    process()
    assert (members(two), members(tea)) == ({shopper("u1").pk}, {shopper("u2").pk})
