"""The demo's computed traits and the segment that asks for one, made twice."""

from config.demo.segments import make_segments
from config.demo.traits import TRAITS, make_traits
from profiles.models import ComputedTrait, Segment
from profiles.traits.selectors import values_of
from tenants.db import tenant_connection

from ..profiles.conftest import event, no_hints, no_subscribers, process, send, shopper  # noqa: F401


def test_values_and_members_are_there_when_it_is_made(send, process, shopper, scope):  # noqa: F811
    lines = [{"product_id": "i1", "price": 300, "quantity": 2, "category": "Dairy", "brand": "Farm"}]
    send(event(event="Order Completed", userId="u1", properties={"order_id": "1", "products": lines}))
    process()
    with tenant_connection(scope.schema):
        for _ in range(2):
            make_traits(scope)
            make_segments(scope, "groceries")
        assert set(ComputedTrait.objects.values_list("key", flat=True)) == set(TRAITS)
        revenue = {value.key: value.value for value in values_of(shopper("u1"))}["revenue_of_90_days"]
        assert revenue == 600
        assert Segment.objects.get(key="top-spenders").members == 1
