"""Where a shopper's row is damaged everybody who reads features goes on, and the night makes the row anew."""

import pytest
from django.db import connection
from django.utils import timezone
from psycopg import Cursor

from journeys.delivery.compose import flat_features
from journeys.engine.people import read_people
from profiles.features import fallback
from profiles.features.mending import mend
from profiles.models import Profile, Segment, SegmentMember
from profiles.segments import recompute, services
from recommendations.agents.profile import _features
from tenants.db import tenant_connection

from ...profiles.conftest import ago, event, viewed

pytestmark = pytest.mark.usefixtures("committed")
DAMAGES = [
    "features = '[1, 2]'",
    "counters = '\"lost\"'",
    "features = '{}', counters = '{}'",
]


@pytest.fixture
def shoppers(send, process, scope):
    for name in ("u1", "u2"):
        send(
            viewed(name, "i1", timestamp=ago(hours=2)),
            event("page", userId=name, timestamp=ago(days=3)),
        )
    process()


def person(scope, profile):
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        return read_people(cursor, scope, [profile.pk])[profile.pk]


def damage(how):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE profiles_profile SET {how} WHERE id = (SELECT min(id) FROM profiles_profile)")


@pytest.mark.parametrize("how", DAMAGES)
def test_journeys_and_templates_read_on(shoppers, scope, how):
    with tenant_connection(scope.schema):
        first = Profile.objects.order_by("pk")[0]
        before = flat_features(person(scope, first), timezone.now())
        assert before["product_views_7d"] == 1
        damage(how)
        broken = person(scope, first)
        assert broken.feature("product_views_7d", timezone.now()) == 1
        after = flat_features(broken, timezone.now())
        for name in ("page_views_7d", "sessions_30d", "channel", "time_of_day"):
            assert after[name] == before[name], name


@pytest.mark.parametrize("how", DAMAGES[:2])
def test_a_segments_pass_goes_on_for_the_others(shoppers, scope, how):
    condition = {"type": "feature", "feature": "product_views_7d", "op": ">=", "value": 1}
    with tenant_connection(scope.schema):
        _, second = Profile.objects.order_by("pk")
        damage(how)
        segment = Segment.objects.create(
            key="lookers", name="Lookers", definition={"type": "all", "of": [condition]}
        )
        services.go_live(scope, segment, actor="test")
        while recompute.run_turn(scope):
            pass
        segment.refresh_from_db()
        assert segment.error == ""
        assert second.pk in SegmentMember.objects.values_list("profile_id", flat=True)


def test_recommendations_go_on_with_the_history():
    assert _features("[1, 2]") == {}
    assert _features('{"demographics": {"age": 30}}') == {"demographics": {"age": 30}}


@pytest.mark.parametrize("how", DAMAGES)
def test_the_night_mends(shoppers, scope, how):
    with tenant_connection(scope.schema):
        before = Profile.objects.order_by("pk").values("counters", "features")[0]
        damage(how)
        assert mend(scope) == 1
        after = Profile.objects.order_by("pk").values("counters", "features")[0]
        assert after["counters"] == before["counters"]
        assert after["features"]["habits"].keys() == before["features"]["habits"].keys()
        assert mend(scope) == 0


def test_of_who_refused_nothing_is_computed(scope, monkeypatch):
    monkeypatch.setattr(fallback, "computed", lambda *_: pytest.fail("computed"))
    now = timezone.now()
    with tenant_connection(scope.schema):
        refusing = Profile.objects.create(first_seen_at=now, last_seen_at=now, version=3)
        assert fallback.features_of(scope, refusing, now)["behaviour"]["orders_30d"] == 0
