"""A shopper's recent events and acts, newest first, page by page."""

from profiles.selectors import timeline_events, timeline_interactions
from tenants.db import tenant_connection

from .conftest import viewed


def test_pages_follow_each_other(send, process, scope, shopper):
    for number in range(5):
        send(viewed("u1", f"i{number}"))
    process()
    profile = shopper("u1")
    with tenant_connection(scope.schema):
        first = timeline_events(scope, profile, limit=3)
        second = timeline_events(scope, profile, limit=3, before=first[-1].received_at)
        acts = timeline_interactions(profile, limit=2, offset=1)
        assert [e.payload["properties"]["product_id"] for e in [*first, *second]] == [
            "i4",
            "i3",
            "i2",
            "i1",
            "i0",
        ]
        assert [a.item.external_id for a in acts] == ["i3", "i2"]
        assert first[0].name == "Product Viewed"
