"""A training row knows what was known then: offline values are those that were, or would have been, read online."""

import datetime as dt
import random
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.db import connection
from psycopg import Cursor

from catalog.models import Item
from profiles.days import calendar
from profiles.features.definitions import FEATURES
from profiles.features.offline import point_in_time
from profiles.features.offline.record import _counted_events
from profiles.features.selector import shopper_features
from profiles.history.load import import_history
from profiles.processing.apply import apply_events, read_facts
from profiles.processing.drafts import Draft
from profiles.processing.items import find_items, make_standing
from tenants.db import tenant_connection

from ..conftest import event

pytestmark = pytest.mark.usefixtures("committed")

NAMES = ("Product Viewed", "Product Added", "Order Completed", "Email Delivered", "Email Opened")


def some_events(rng: random.Random, now: dt.datetime):
    """Over a hundred days, some of them minutes apart and some at midnight to the microsecond."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = now - dt.timedelta(days=100)
    while moment < now - dt.timedelta(days=3):
        moment += dt.timedelta(seconds=rng.choice([40, 1799, 1800, 1801, 90_000, 200_000]))
        at = rng.choice([moment, moment, midnight - dt.timedelta(days=rng.randrange(1, 95))])
        common: dict[str, Any] = {"userId": rng.choice("ab"), "timestamp": at.isoformat()}
        common["context"] = {"device": {"type": rng.choice(["ios", "desktop"])}}
        kind = rng.choice(["page", "screen", "identify", "track", "track", "track"])
        if kind == "identify":
            yield event(
                "identify", traits={"gender": rng.choice(["f", "m"]), "age": rng.randrange(20, 60)}, **common
            )
        elif kind == "track":
            line = {"product_id": f"i{rng.randrange(5)}", "price": rng.choice([1.99, 0.1, 12]), "quantity": 2}
            order = {
                "order_id": str(rng.random()),
                "products": [line, line],
                **rng.choice([{}, {"revenue": 7}]),
            }
            name = rng.choice(NAMES)
            yield event("track", event=name, properties=order if "Order" in name else line, **common)
        else:
            yield event(kind, **common)


def as_known(scope, profile_id: int, moment: dt.datetime):
    """The naive way: count everything up to the moment again, one event after the other."""
    until = moment.timestamp() * 1e6
    events = [e for _, e in _counted_events(scope, np.array([profile_id])) if e.at <= until]
    draft = Draft(1, uuid.UUID(int=1))
    facts, _ = read_facts(events)
    with Cursor(connection.connection) as cursor:
        items = find_items(cursor, scope.schema, {fact.item_id for lines in facts for fact in lines})
    days = calendar(scope.time_zone)
    day, standing = days.today(moment.timestamp()), make_standing(scope.schema)
    apply_events(scope, events, [draft] * len(events), facts, items, standing, day, days=days)
    found = shopper_features(draft, moment, calendar(scope.time_zone))
    said = {}
    for e in sorted(events, key=lambda e: (e.at, e.claimed.message_key)):
        said.update(e.traits)
    found["demographics"].update({name: said.get(name) for name in ("age", "gender")})
    return found


def assert_equal(row, found, features=FEATURES):
    for feature in features:
        expected, value = found[feature.group][feature.name], row[feature.name]
        if isinstance(expected, dict):
            assert list(value) == list(expected), feature.name
            assert value == pytest.approx(expected, abs=2e-4), feature.name
        elif isinstance(expected, float):
            # Half a cent may be rounded either way.
            close = 0.0101 if feature.name == "avg_order_value" else 2e-4
            assert value == pytest.approx(expected, abs=close), feature.name
        else:
            assert value == expected, feature.name


def test_every_feature_at_any_moment(send, process, shopper, scope):
    with tenant_connection(scope.schema):
        for number in range(4):
            Item.objects.create(
                external_id=f"i{number}",
                title="x",
                price=number + 1,
                category=f"A > c{number % 2}",
                brand=f"b{number}",
            )
    rng, now = random.Random(5), dt.datetime.now(dt.UTC)
    events = list(some_events(rng, now))
    rng.shuffle(events)
    for start in range(0, len(events), 50):
        send(*events[start : start + 50])
    process()
    moments = [now - dt.timedelta(days=rng.random() * 105) for _ in range(30)]
    for one in rng.sample(events, 15):
        at = dt.datetime.fromisoformat(one["timestamp"])
        moments += [at, at - dt.timedelta(microseconds=1), at + dt.timedelta(days=7)]
    frame = pd.DataFrame(
        {"user_id": [rng.choice("ab") for _ in moments], "at": pd.to_datetime(moments, utc=True)}
    )
    with tenant_connection(scope.schema):
        result = point_in_time(scope, frame)
        for row in result.to_dict("records"):
            assert_equal(row, as_known(scope, shopper(row["user_id"]).pk, row["at"].to_pydatetime()))
        online = point_in_time(scope, pd.DataFrame({"user_id": ["a"], "at": [pd.Timestamp(now)]}))
        # Where items stand among others is looked up when an event is processed, and may be an hour old.
        left_out = ("popularity_score", "price_tier")
        derived = [feature for feature in FEATURES if feature.name not in left_out]
        assert_equal(
            online.to_dict("records")[0],
            shopper_features(shopper("a"), now, calendar(scope.time_zone)),
            derived,
        )


def test_history_without_events(scope, shopper):
    rng, now = random.Random(7), dt.datetime.now(dt.UTC)
    lines = [
        {
            "user_id": rng.choice("xy"),
            "item_id": f"h{rng.randrange(6)}",
            "at": now - dt.timedelta(days=rng.randrange(2, 80), seconds=rng.randrange(80_000)),
            "kind": rng.choice(["view", "purchase"]),
            "value": rng.choice([2.5, 1 / 3]),
            "order_id": rng.choice(["", str(rng.randrange(9))]),
            "channel": rng.choice(["web", "store"]),
        }
        for _ in range(150)
    ]
    import_history(scope, [pd.DataFrame(lines)], "test", "digest")
    with tenant_connection(scope.schema):
        row = point_in_time(scope, pd.DataFrame({"user_id": ["x"], "at": [pd.Timestamp(now)]}))
        assert_equal(
            row.to_dict("records")[0], shopper_features(shopper("x"), now, calendar(scope.time_zone))
        )


def test_strangers_and_bad_frames(scope):
    with tenant_connection(scope.schema):
        at = [pd.Timestamp("2026-01-01", tz="UTC")]
        row = point_in_time(scope, pd.DataFrame({"user_id": ["nobody"], "at": at})).iloc[0]
        assert (row["orders_30d"], row["revenue_90d"], row["category"], row["age"]) == (0, 0.0, None, None)
        assert all(row[f.name] == f.default or (row[f.name] is None and f.default is None) for f in FEATURES)
        with pytest.raises(ValueError, match="time zone"):
            point_in_time(scope, pd.DataFrame({"user_id": ["x"], "at": [pd.Timestamp("2026-01-01")]}))
        with pytest.raises(ValueError, match="no feature “shoe_size”"):
            point_in_time(scope, pd.DataFrame({"user_id": ["x"], "at": at}), ["shoe_size"])
        with pytest.raises(ValueError, match="user_id"):
            point_in_time(scope, pd.DataFrame({"at": at}))
