"""Old words of browsers that only repeat are forgotten, and whose each act is stays as it was."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.identity import pruning
from profiles.identity.claims import Claimed, claimant
from profiles.identity.models import Claim
from tenants.db import tenant_connection

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DAY = 86_400_000_000
EDGE = int(NOW.timestamp() * 1e6) - pruning.KEPT_DAYS * DAY
VISITORS, SHOPPERS = [b"v" * 16, b"w" * 16], [b"1" * 16, b"2" * 16, b"3" * 16]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(VISITORS), st.integers(-12, 6), st.integers(0, 3), st.sampled_from(SHOPPERS)
        ),
        max_size=14,
        unique_by=lambda said: said[:3],
    ),
    st.sampled_from([1, 3, 20_000]),
)
def test_every_act_stays_whose_it_was(inside, scope, monkeypatch, said, portion):
    Claim.objects.all().delete()
    monkeypatch.setattr(pruning, "PORTION", portion)
    for visitor, day, key, shopper in said:
        Claim.objects.create(
            visitor=visitor, at=EDGE + day * DAY, key=bytes([key]) * 16, shopper=shopper, event_id=1
        )

    def owners():
        kept = list(Claim.objects.all())
        return [
            claimant(
                [Claimed(c.at, bytes(c.key), bytes(c.shopper)) for c in kept if bytes(c.visitor) == visitor],
                EDGE + half * DAY // 2,
            )
            for visitor in VISITORS
            for half in range(-27, 15)
        ]

    before, count = owners(), Claim.objects.count()
    deleted = pruning.forget_repeated(scope.schema, NOW)
    assert owners() == before
    assert Claim.objects.count() == count - deleted
    assert pruning.forget_repeated(scope.schema, NOW) == 0
    # Of old ones none is left that the next, old as well, says again.
    for visitor in VISITORS:
        old = [c for c in Claim.objects.filter(visitor=visitor).order_by("at", "key") if c.at < EDGE]
        assert all(a.shopper != b.shopper for a, b in pairwise(old))


def test_recent_ones_stay(inside, scope):
    for day in range(5):
        Claim.objects.create(
            visitor=VISITORS[0], at=EDGE + day * DAY, key=bytes(16), shopper=SHOPPERS[0], event_id=1
        )
    assert pruning.forget_repeated(scope.schema, NOW) == 0


@pytest.mark.usefixtures("inside")
def test_the_rivals_stay(scope, rival):
    with tenant_connection(rival.schema_name):
        for day in (-3, -2):
            Claim.objects.create(
                visitor=VISITORS[0], at=EDGE + day * DAY, key=bytes(16), shopper=SHOPPERS[0], event_id=1
            )
    assert pruning.forget_repeated(scope.schema, NOW) == 0
    with tenant_connection(rival.schema_name):
        assert Claim.objects.count() == 2
