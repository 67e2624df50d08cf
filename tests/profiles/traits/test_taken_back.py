"""A separation that is taken back: what was computed of the two is computed of the one again."""

from profiles.identity.unmerge import undo, unmerge
from tenants.crypto import blind_index
from tests.profiles.conftest import event, viewed


def test_what_was_computed_of_both_is_one_shoppers_again(trait, send, process, shopper, scope):
    trait("Seen", source="event", event="Product Viewed", function="count", days=30)
    send(viewed("u1", "i0"), viewed(item="i1", anonymousId="a1"), viewed(item="i2", anonymousId="a1"))
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    together = shopper("u1").computed
    assert together

    visitor = blind_index(scope.tenant_id, "anonymous_id", "a1")
    change = unmerge(scope, shopper("u1").pk, {visitor}, actor="owner")
    assert shopper("u1").computed != together
    undo(scope, change.pk, actor="owner")
    assert shopper("u1").computed == together
