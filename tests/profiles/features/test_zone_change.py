"""A shop in Sydney: its days are its own, and what was counted by other days before is counted again."""

import dataclasses
import datetime as dt
import time

import pandas as pd
import pytest
from django.utils import timezone

from profiles import days
from profiles.features import zone
from profiles.features.fallback import computed, features_of
from profiles.features.offline import point_in_time
from profiles.models import CountedZone, Profile
from profiles.segments import recompute
from profiles.segments.moments import today
from profiles.traits.selectors import values_of
from profiles.traits.services import TraitForm, create_trait
from tenants.db import tenant_connection
from tenants.models import Tenant

from ..conftest import event, viewed

pytestmark = pytest.mark.usefixtures("committed")
SYDNEY = "Australia/Sydney"


@pytest.fixture
def moved(scope, monkeypatch):
    """Move the tenant to Sydney; its scope from then on."""
    monkeypatch.setattr(zone, "PATIENCE", dt.timedelta())

    def move():
        tenant = Tenant.objects.get(schema_name=scope.schema)
        tenant.time_zone = SYDNEY
        tenant.save()
        zone.zone_changed(tenant)
        return dataclasses.replace(scope, time_zone=SYDNEY)

    yield move
    Tenant.objects.filter(schema_name=scope.schema).update(time_zone="UTC")
    days.forget()


def local(hours: float) -> str:
    """A moment so many hours after the midnight with which the running day in Sydney began."""
    calendar = days.calendar(SYDNEY)
    start = calendar.start(calendar.today()) / days.SECOND
    return dt.datetime.fromtimestamp(start + hours * 3600, dt.UTC).isoformat()


@pytest.fixture
def asked(send, process, scope):
    with tenant_connection(scope.schema):
        made = create_trait(
            scope,
            TraitForm(
                "Seen today", {"source": "event", "event": "Product Viewed", "function": "count", "days": 1}
            ),
            actor="test",
            key="seen",
        )
        assert made is not None
        while recompute.run_turn(scope):
            pass
    # Days of UTC and of Sydney part around these moments.
    for hour in (-24 * 7 + 1, -24 * 6 - 1, -24 * 6 + 1, -30, -25, -1, -0.01):
        send(viewed("u1", "i1", timestamp=local(hour)), event("page", userId="u1", timestamp=local(hour)))
    process()


def expected() -> dict[str, int]:
    """Over the seven days of Sydney that end today: the first moment lies in none of them."""
    inside = [h for h in (-24 * 6 + 1, -30, -25, -1, -0.01) if h >= -24 * 6]
    return {"page_views_7d": len(inside), "product_views_7d": len(inside)}


def test_everything_is_counted_by_the_new_days(asked, moved, scope, shopper):
    there = moved()
    with tenant_connection(scope.schema):
        assert not recompute.run_turn(there)
        row = CountedZone.objects.get()
        assert (row.zone, row.done_at is not None) == (SYDNEY, True)
        now, profile = timezone.now(), shopper("u1")
        online = features_of(there, profile, now)
        assert {name: online["behaviour"][name] for name in expected()} == expected()
        frame = pd.DataFrame({"profile_id": [profile.pk], "at": [pd.Timestamp(now)]})
        offline = point_in_time(there, frame).iloc[0]
        again = computed(there, profile.pk, now)
        for name in ("page_views_7d", "product_views_7d", "sessions_30d", "time_of_day"):
            group = "context" if name == "time_of_day" else "behaviour"
            assert offline[name] == online[group][name] == again[group][name], name
        (seen,) = values_of(profile)
        assert seen.value == 0  # all of it was before midnight in Sydney


def test_counting_again_twice_or_for_nothing_changes_nothing(asked, moved, scope, shopper):
    there = moved()
    with tenant_connection(scope.schema):
        recompute.run_turn(there)
        before = Profile.objects.values("features", "counters", "computed", "version").get(
            pk=shopper("u1").pk
        )
        CountedZone.objects.update(done_at=None, cursor=0)
        recompute.run_turn(there)
        after = Profile.objects.values("features", "counters", "computed", "version").get(pk=shopper("u1").pk)
    assert after["counters"] == before["counters"]
    assert after["computed"] == before["computed"]
    assert after["features"]["habits"] == before["features"]["habits"]


def test_nothing_is_counted_before_batches_with_the_old_days_have_ended(asked, moved, scope, monkeypatch):
    there = moved()
    monkeypatch.setattr(zone, "PATIENCE", dt.timedelta(seconds=60))
    with tenant_connection(scope.schema):
        recompute.run_turn(there)
        row = CountedZone.objects.get()
        assert (row.zone, row.cursor, row.done_at) == (SYDNEY, 0, None)
        assert zone.progress() == (SYDNEY, 0.0)


def test_the_pass_of_a_day_begins_after_midnight_there():
    from profiles.segments.moments import next_pass

    calendar = days.calendar(SYDNEY)
    day = today(calendar)
    begins = next_pass(day, calendar)
    assert calendar.date(begins) == days.date_of(day + 1)
    assert begins.timestamp() > time.time()


def test_another_tenant_keeps_its_days(moved, scope, rival):
    moved()
    assert days.calendar_of(scope.schema).name == SYDNEY
    assert days.calendar_of(rival.schema_name).name == "UTC"
