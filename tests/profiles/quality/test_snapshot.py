"""Distributions of features by the day: the past is made anew, and what moves is told."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from django.utils import timezone

from profiles.history.load import import_history
from profiles.models import FeatureDay, Profile
from profiles.quality import snapshot, watch
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def bought(scope):
    """300 shoppers who bought steadily for forty days."""
    rng, now = np.random.default_rng(1), timezone.now()
    frame = pd.DataFrame(
        {
            "user_id": [f"u{n % 300}" for n in range(6000)],
            "item_id": [f"i{n % 7}" for n in range(6000)],
            "at": [now - dt.timedelta(hours=float(h)) for h in rng.uniform(1, 960, 6000)],
            "value": 3.0,
            "order_id": [str(n) for n in range(6000)],
        }
    )
    import_history(scope, [frame], "test", "digest")
    return now


def test_the_first_measure_makes_the_past_anew(scope, bought):
    with tenant_connection(scope.schema):
        watch.measure(scope, bought)
        rows = FeatureDay.objects.filter(feature="orders_30d")
        assert rows.count() == snapshot.REFERENCE_DAYS + 1
        today = rows.get(day=bought.astimezone(dt.UTC).date())
        assert (today.shoppers, today.known) == (300, 300)
        assert today.verdict in ("steady", "drift")
        assert FeatureDay.objects.get(feature="age", day=today.day).verdict == "no past"


def test_what_moved_is_told_once(scope, bought):
    with tenant_connection(scope.schema):
        watch.measure(scope, bought)
        steady = {row.feature for row in snapshot.drifting(bought.date())}
        assert "category" not in steady
        for profile in Profile.objects.all():
            profile.counters = {}
            profile.save()
        watch.measure(scope, bought)
        moved = snapshot.drifting(bought.astimezone(dt.UTC).date())
        assert "purchases_30d" in {row.feature for row in moved}
        watch.measure(scope, bought)
        told = AuditRecord.objects.filter(action="data quality changed", target="feature:purchases_30d")
        assert told.count() == 1
        assert any(one.feature and one.name == "purchases_30d" for one in watch.troubles())
