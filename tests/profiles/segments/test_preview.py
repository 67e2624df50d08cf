"""The size of a definition before it is saved."""

import numpy as np
import pytest
from django.utils import timezone

from profiles.models import Profile
from profiles.segments import preview as module
from profiles.segments.preview import TooSlow, preview, wilson
from tenants.db import tenant_connection

from ...profiles.conftest import viewed
from .conftest import act, all_of

HALF = all_of({"type": "feature", "feature": "gender", "op": "is", "values": ["female"]})


def test_a_small_shop_is_counted_exactly(live, send, process, shopper, scope):
    send(viewed("u1"), viewed("u2"), viewed("u2"))
    process()
    with tenant_connection(scope.schema):
        size = preview(scope.schema, all_of(act("viewed", value=2)))
    assert (size.count, size.sample, size.exact, size.low, size.high, size.of) == (
        1,
        (shopper("u2").pk,),
        True,
        1,
        1,
        2,
    )


def test_a_large_shop_is_sampled_with_an_interval(inside, scope, monkeypatch):
    now, rng = timezone.now(), np.random.default_rng(3)
    Profile.objects.bulk_create(
        Profile(
            unit=n.to_bytes(8, "big"), first_seen_at=now, last_seen_at=now,
            features={"demographics": {"gender": "female" if rng.random() < 0.3 else "male"}},
        )
        for n in range(6000)
    )  # fmt: skip
    monkeypatch.setattr(module, "EXACT_UNTIL", 1000)
    monkeypatch.setattr(module, "SAMPLE", 1500)
    size = preview(scope.schema, HALF)
    true = Profile.objects.filter(features__demographics__gender="female").count()
    assert not size.exact
    assert size.low <= true <= size.high
    assert size.high - size.low < 700
    assert preview(scope.schema, HALF) == size  # the number does not flicker


def test_what_is_not_counted_in_time_is_said_so(inside, scope, monkeypatch):
    now = timezone.now()
    Profile.objects.create(unit=b"x", first_seen_at=now, last_seen_at=now)
    monkeypatch.setattr(
        "profiles.segments.conditions.feature.FeatureCondition.sql",
        lambda self, build: "(SELECT true FROM (SELECT pg_sleep(2)) AS s)",
    )
    with pytest.raises(TooSlow):
        preview(scope.schema, HALF)


def test_the_interval_is_wilsons():
    # Agresti and Coull 1998, and R's prop.test(…, correct = FALSE).
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0, 1)
