"""When two shoppers turn out to be one, the latest word of both holds."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.consent import CONFIRM_EVERY, Choice, allowed, merge, record
from compliance.models import Consent, ConsentRecord

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
GONE, KEPT = 1, 2

pytestmark = pytest.mark.usefixtures("inside")


def say(cursor, scope, shopper: int, granted: bool, hours: int, purpose: str = "analytics") -> None:
    at = NOW + dt.timedelta(hours=hours)
    record(cursor, scope.schema, shopper, [Choice(purpose, "", granted)], actor="t", at=at)


def test_the_later_word_of_the_one_who_is_gone_holds(scope, cursor) -> None:
    say(cursor, scope, KEPT, True, 0)
    say(cursor, scope, GONE, False, 1)
    assert merge(cursor, scope.schema, [(GONE, KEPT)]) == [KEPT]
    assert allowed(scope.schema, [KEPT], "analytics") == set()
    assert set(ConsentRecord.objects.values_list("profile_id", flat=True)) == {KEPT}
    assert not Consent.objects.filter(profile_id=GONE).exists()


def test_the_later_word_of_the_one_who_is_kept_stays(scope, cursor) -> None:
    say(cursor, scope, GONE, False, 0)
    say(cursor, scope, KEPT, True, 1)
    assert merge(cursor, scope.schema, [(GONE, KEPT)]) == []
    assert allowed(scope.schema, [KEPT], "analytics") == {KEPT}
    assert ConsentRecord.objects.filter(profile_id=KEPT).count() == 2


def test_a_browsers_visitor_brings_refusals_but_no_consent(scope, cursor) -> None:
    say(cursor, scope, GONE, True, 1, "marketing")
    say(cursor, scope, GONE, False, 1, "analytics")
    assert merge(cursor, scope.schema, [(GONE, KEPT)], unvouched=[GONE]) == [KEPT]
    assert allowed(scope.schema, [KEPT], "marketing", "email") == set()
    assert allowed(scope.schema, [KEPT], "analytics") == set()


def test_a_chain_of_merges_ends_at_the_last(scope, cursor) -> None:
    say(cursor, scope, 1, False, 2)
    say(cursor, scope, 2, True, 1)
    assert merge(cursor, scope.schema, [(1, 2), (2, 3)]) == [3]
    assert allowed(scope.schema, [3], "analytics") == set()
    assert set(Consent.objects.values_list("profile_id", flat=True)) == {3}
    assert set(ConsentRecord.objects.values_list("profile_id", flat=True)) == {3}


WORDS = st.lists(
    st.tuples(st.sampled_from([GONE, KEPT]), st.booleans(), st.integers(0, 40)), min_size=1, max_size=8
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=WORDS)
def test_merging_gives_what_one_shopper_would_have_had(words, scope, cursor) -> None:
    """Spoken in any order, by either: as if one shopper had said it all, wherever moments are apart."""
    Consent.objects.all().delete()
    ConsentRecord.objects.all().delete()
    apart = {hours for _, _, hours in words}
    for shopper, granted, hours in words:
        say(cursor, scope, shopper, granted, hours * 2)
    merge(cursor, scope.schema, [(GONE, KEPT)])
    last = [granted for _, granted, hours in words if hours == max(apart)]
    assert dt.timedelta(hours=2) > CONFIRM_EVERY
    if len(set(last)) == 1:
        assert allowed(scope.schema, [KEPT], "analytics") == ({KEPT} if last[0] else set())
