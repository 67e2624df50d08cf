"""Where a profile's row is empty or broken, its features come from what happened, the same values."""

import pytest
from django.db import connection

from profiles.models import Profile
from tenants.db import tenant_connection

from ...profiles.conftest import ago, event, viewed

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def asked(send, process, api, secret_key):
    line = {"product_id": "i1", "price": 4.0, "quantity": 2}
    send(
        viewed("u1", "i1", timestamp=ago(hours=2)),
        viewed("u1", "i2", timestamp=ago(days=2)),
        event("page", userId="u1", timestamp=ago(days=3)),
        event("identify", userId="u1", traits={"gender": "female", "age": 31}),
        event(
            event="Order Completed",
            userId="u1",
            timestamp=ago(days=4),
            properties={"order_id": "o1", "revenue": 9.5, "products": [line]},
        ),
    )
    process()

    def ask():
        answer = api(secret_key).get("/api/v1/profiles/u1")
        assert answer.status_code == 200, answer.content
        return answer.json()["features"]

    return ask


@pytest.mark.parametrize(
    "broken",
    [
        "features = '{}', counters = '{}'",
        "features = '[1, 2]', counters = '{\"20000\": 5}'",
        "counters = '[]'",
    ],
)
def test_the_row_is_gone_and_the_features_stay(asked, scope, broken):
    before = asked()
    assert before["behaviour"]["orders_30d"] == 1
    assert before["behaviour"]["revenue_90d"] == 9.5
    with tenant_connection(scope.schema), connection.cursor() as cursor:
        cursor.execute(f"UPDATE profiles_profile SET {broken}")
    after = asked()
    for group in ("behaviour", "engagement", "demographics", "context"):
        assert after[group] == before[group]


def test_of_a_new_profile_nothing_is_computed(scope, monkeypatch):
    from django.utils import timezone

    from profiles.features import fallback

    monkeypatch.setattr(fallback, "computed", lambda *_: pytest.fail("computed"))
    now = timezone.now()
    with tenant_connection(scope.schema):
        fresh = Profile(first_seen_at=now, last_seen_at=now)
        assert fallback.features_of(scope, fresh, now)["behaviour"]["orders_30d"] == 0
