"""What is derived of a shopper is a function of the set of their events: in any order, and split over any profiles."""

import datetime as dt
import random
import uuid
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.days import UTC_DAYS
from profiles.features import sessions
from profiles.features.selector import shopper_features
from profiles.processing.apply import apply_events, read_facts
from profiles.processing.claim import Claimed
from profiles.processing.decode import PAGE, SCREEN, TRACK, Occurrence
from profiles.processing.drafts import Draft, fold
from profiles.processing.items import Known, Standing
from tenants.scope import Scope

DAY = 86_400
TODAY = 20_500
NOW = dt.datetime.fromtimestamp(TODAY * DAY + 80_000, dt.UTC)
ITEMS = {f"i{n}": Known(n, f"c{n % 3}", f"b{n % 4}") for n in range(6)}
STANDING = Standing(
    np.arange(6), np.linspace(0, 1, 6, dtype=np.float32), np.linspace(1, 0, 6, dtype=np.float32)
)

# Around midnights, around half an hour apart, and anywhere in three half-lives.
seconds = st.one_of(
    st.integers(0, 3 * DAY),
    st.integers(-2, 2).map(lambda s: 2 * DAY + s),
    st.integers(0, 200).map(lambda n: n * 30 * 60),
    st.integers(0, 200).map(lambda n: n * 30 * 60 + 1),
    st.integers(0, 180 * DAY),
).map(lambda before: (TODAY + 1) * DAY - 10_000 - before)  # fmt: skip
acts = st.tuples(
    seconds,
    st.sampled_from(["page", "screen", "Product Viewed", "Product Added", "Order Completed", "Email Opened"]),
    st.sampled_from(sorted(ITEMS)),
    st.sampled_from([9.99, 0.1, 1 / 3, 100.0]),
)


def occurrence(act) -> Occurrence:
    at, name, item, price = act
    kind = {"page": PAGE, "screen": SCREEN}.get(name, TRACK)
    line = {"product_id": item, "price": price}
    return Occurrence(
        cast(Claimed, SimpleNamespace(type=kind, key_kind=2, message_key="")),
        at * 1_000_000,
        name=name,
        properties={"order_id": f"o{at}", "products": [line]} if "Order" in name else line,
    )


def draft(number: int = 1) -> Draft:
    return Draft(number, uuid.UUID(int=number))


def apply(to: Draft, events) -> Draft:
    events = [occurrence(act) for act in events]
    facts, bad = read_facts(events)
    assert not bad
    apply_events(cast(Scope, None), events, [to] * len(events), facts, ITEMS, STANDING, TODAY)
    return to


def said(of: Draft, days=UTC_DAYS):
    return shopper_features(SimpleNamespace(features=of.features, counters=of.counters), NOW, days)


def assert_same(one: Draft, other: Draft) -> None:
    assert one.counters == other.counters
    assert (one.first_seen, one.last_seen) == (other.first_seen, other.last_seen)
    mine, its = one.features.get("habits", {}), other.features.get("habits", {})
    assert mine.get("as_of") == its.get("as_of")
    for group in (mine.keys() | its.keys()) - {"as_of"}:
        here, there = mine.get(group, {}), its.get(group, {})
        # What has faded to nothing may be left out.
        assert {key: here.get(key, 0.0) for key in here | there} == pytest.approx(
            {key: there.get(key, 0.0) for key in here | there}, abs=1e-5
        )


@settings(max_examples=150, deadline=None)
@given(st.lists(acts, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_any_order(events, rng):
    shuffled = rng.sample(events, len(events))
    assert_same(apply(draft(), events), apply(draft(), shuffled))


@settings(max_examples=150, deadline=None)
@given(st.lists(acts, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_any_split_in_batches_and_profiles(events, rng):
    whole = apply(draft(), events)
    parts = [draft(n) for n in (1, 2, 3)]
    for event in rng.sample(events, len(events)):
        apply(rng.choice(parts), [event])
    rng.shuffle(parts)
    kept, *gone = parts
    for one in gone:
        fold(one, kept)
    assert_same(whole, kept)
    assert said(whole)["behaviour"] == said(kept)["behaviour"]


@settings(max_examples=200, deadline=None)
@given(st.lists(seconds, min_size=1, max_size=40))
def test_visits_are_what_a_sorted_recount_finds(moments):
    counters: dict = {}
    for at in random.Random(len(moments)).sample(moments, len(moments)):
        sessions.note(counters, at)
    begun: dict[int, int] = {}
    for before, at in zip([None, *sorted(moments)], sorted(moments), strict=False):
        if before is None or at - before > 30 * 60:
            begun[at // DAY] = begun.get(at // DAY, 0) + 1
    found = {int(day): bucket["se"] for day, bucket in counters.items() if bucket["se"]}
    assert found == begun
