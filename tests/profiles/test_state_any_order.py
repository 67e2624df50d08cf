"""Consents, features and computed traits of every shopper are the same in whatever order events come: against a recount."""

import datetime as dt
import random

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.models import Consent
from profiles.days import UTC_DAYS
from profiles.features.selector import shopper_features
from profiles.models import Profile
from profiles.segments.moments import today
from profiles.traits.measure import parse
from tenants.db import tenant_connection

from . import test_identity_any_order as identities
from .any_order import empty, feed
from .segments.conftest import pass_over  # noqa: F401  # fixtures
from .traits.conftest import trait  # noqa: F401

START = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=5)

# Two hours apart and never at one moment: a consent that is said again within the hour is no news.
acts = st.lists(
    st.tuples(identities.acts, st.integers(0, 40), st.sampled_from([None, True, False]), st.integers(0, 2)),
    min_size=2,
    max_size=9,
    unique_by=lambda act: act[1],
).map(
    lambda made: [
        {
            **act,
            "at": at,
            "says": says if act["type"] == "track" and act["trusted"] else None,
            "item": f"i{item}",
        }
        for act, at, says, item in made
    ]
)


def document(act, number):
    event = identities.document(act, number)
    event["timestamp"] = (START + dt.timedelta(hours=2 * act["at"])).isoformat()
    if act["type"] == "track":
        event["properties"] = {"product_id": act["item"]}
    if act["says"] is not None:
        event["context"] = {"consent": {"categoryPreferences": {"marketing": act["says"]}}}
    return event


def recount(events):
    """Numbers of a shopper's events → (views, the last item viewed, items, what was last said of marketing)."""
    oracle, found = identities.Oracle(events), {}
    for number, act in enumerate(events):
        label, doubtful = oracle.place(act)
        mine = found.setdefault(label, {"events": set(), "views": [], "says": []})
        mine["events"].add(number)
        if act["type"] == "track":
            mine["views"].append((act["at"], act["item"]))
        # A visitor whom a browser called somebody may refuse in their name, and not agree.
        if act["says"] is not None and not (doubtful and act["says"]):
            mine["says"].append((act["at"], act["says"]))
    return {
        frozenset(one["events"]): (
            len(one["views"]),
            max(one["views"])[1] if one["views"] else None,
            {item for _, item in one["views"]},
            max(one["says"])[1] if one["says"] else None,
        )
        for one in found.values()
    }


@pytest.fixture
def run(committed, api, scope, secret_key, publishable_key, trait):  # noqa: F811
    made = {
        name: trait(name, source="event", event="Product Viewed", **rest)
        for name, rest in {
            "Views": {"function": "count"},
            "Last": {"function": "last", "property": "product_id", "shown": "text"},
            "All": {"function": "unique_list", "property": "product_id"},
        }.items()
    }

    def go(events, order, sizes):
        empty(scope)
        clients = {True: api(secret_key), False: api(publishable_key)}
        feed(scope, clients, document, events, order, sizes)
        return shoppers(events)

    def shoppers(events):
        number_of = {identities.key_of(number): number for number in range(len(events))}
        with tenant_connection(scope.schema), connection.cursor() as cursor:
            cursor.execute("SELECT profile_id, message_key FROM profiles_event")
            mine = {}
            for profile, key in cursor.fetchall():
                mine.setdefault(profile, set()).add(number_of[key.bytes])
            said = dict(
                Consent.objects.filter(purpose="marketing", channel="web").values_list(
                    "profile_id", "granted"
                )
            )
            result, features = {}, {}
            for profile in Profile.objects.filter(pk__in=mine):
                key = frozenset(mine[profile.pk])
                values = {name: value(one, profile) for name, one in made.items()}
                result[key] = (
                    values["Views"] or 0,
                    values["Last"],
                    set(values["All"] or ()),
                    said.get(profile.pk),
                )
                features[key] = shopper_features(profile, dt.datetime.now(dt.UTC), UTC_DAYS)
            return result, features

    def value(one, profile):
        one.refresh_from_db()
        return parse(one.definition).value(profile.computed.get(str(one.shown_id)), today())

    return go


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    acts,
    st.randoms(use_true_random=False),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
)
def test_the_same_state_whatever_the_order(run, events, shuffler: random.Random, sizes):
    expected = recount(events)
    once, features = run(events, range(len(events)), [len(events)])
    assert once == expected
    for shopper, groups in features.items():
        assert groups["behaviour"]["product_views_7d"] == expected[shopper][0]
    order = list(range(len(events)))
    shuffler.shuffle(order)
    again, same = run(events, order, sizes)
    assert again == expected
    assert same == features
