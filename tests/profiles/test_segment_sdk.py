"""Segment's own Python library, unmodified, pointed at us."""

import datetime as dt

import pytest
from segment.analytics.client import Client

pytestmark = pytest.mark.usefixtures("committed")


@pytest.mark.parametrize("gzip", [True, False])
def test_a_round_trip(host, publishable_key, process, shopper, scope, gzip):
    errors = []
    sdk = Client(publishable_key, host=host, gzip=gzip, on_error=lambda error, batch: errors.append(error))
    at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    sdk.identify("u1", {"age": 30}, anonymous_id="a1")
    sdk.track("u1", "Product Viewed", {"product_id": "p1"}, timestamp=at)
    sdk.page("u1", "shop", "home")
    sdk.screen("u1", "shop", "home")
    sdk.group("u1", "g1", {"name": "family"})
    sdk.alias("a1", "u1")
    sdk.flush()
    sdk.join()
    assert not errors
    assert process() == 6
    profile = shopper("u1")
    assert profile.features["demographics"]["age"] == 30
    assert str(int(at.timestamp() // 86400)) not in profile.counters or profile.first_seen_at == at
    assert profile.first_seen_at == at


def test_a_wrong_key_is_an_error_that_the_library_understands(host):
    errors = []
    sdk = Client("wrong", host=host, max_retries=0, on_error=lambda error, batch: errors.append(error))
    sdk.track("u1", "X")
    sdk.flush()
    sdk.join()
    assert "unknown_key" in str(errors[0])
