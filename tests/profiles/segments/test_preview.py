"""The size of a definition before it is saved."""

import numpy as np
import pytest
from django.utils import timezone

from profiles.models import Profile
from profiles.segments import preview as module
from profiles.segments.preview import TooSlow, effective_size, preview, wilson
from tenants.db import tenant_connection

from ...profiles.conftest import viewed
from .conftest import act, all_of

HALF = all_of({"type": "feature", "feature": "gender", "op": "is", "values": ["female"]})


def test_a_small_shop_is_counted_exactly(live, send, process, shopper, scope):
    send(viewed("u1"), viewed("u2"), viewed("u2"))
    process()
    with tenant_connection(scope.schema):
        size = preview(scope, all_of(act("viewed", value=2)))
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
    size = preview(scope, HALF)
    true = Profile.objects.filter(features__demographics__gender="female").count()
    assert not size.exact
    assert size.low <= true <= size.high
    assert size.high - size.low < 700
    assert preview(scope, HALF) == size  # the number does not flicker


def test_what_is_not_counted_in_time_is_said_so(inside, scope, monkeypatch):
    now = timezone.now()
    Profile.objects.create(unit=b"x", first_seen_at=now, last_seen_at=now)
    monkeypatch.setattr(
        "profiles.segments.conditions.feature.FeatureCondition.sql",
        lambda self, build: "(SELECT true FROM (SELECT pg_sleep(2)) AS s)",
    )
    with pytest.raises(TooSlow):
        preview(scope, HALF)


def test_the_interval_is_wilsons():
    # Agresti and Coull 1998, and R's prop.test(…, correct = FALSE).
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0, 1)


def covered(blocks_alike):
    """How often the interval holds the true share, over many samples of blocks of one large shop."""
    rng = np.random.default_rng(5)
    shares = rng.beta(0.6, 1.4, 4000) if blocks_alike else np.full(4000, 0.3)
    shop = rng.random((4000, 20)) < shares[:, None]
    held = []
    for _ in range(300):
        sample = shop[rng.choice(4000, 80, replace=False)]
        block_of = {n: n // 20 for n in range(sample.size)}
        worth = effective_size(block_of, np.flatnonzero(sample).tolist())
        low, high = wilson(sample.mean() * worth, worth)
        held.append(low <= shop.mean() <= high)
    return float(np.mean(held))


@pytest.mark.parametrize("blocks_alike", [True, False])
def test_the_interval_holds_its_promise_when_neighbours_are_alike(blocks_alike):
    assert 0.92 <= covered(blocks_alike) <= 0.99


def test_of_none_at_all_a_block_tells_as_much_as_one_shopper():
    assert effective_size({n: n // 10 for n in range(100)}, []) == 10
