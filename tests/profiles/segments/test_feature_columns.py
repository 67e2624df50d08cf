"""A feature in SQL is the feature that the console, the API and the models read."""

import datetime as dt
from types import SimpleNamespace

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.days import UTC_DAYS
from profiles.features.definitions import FEATURES
from profiles.features.selector import shopper_features
from profiles.segments.build import Build
from profiles.segments.compiler import these
from profiles.segments.features import COLUMNS

TODAY = 20_500
ROUNDED = ("revenue_90d", "avg_order_value", "app_usage_frequency")
NOW = dt.datetime.fromtimestamp(TODAY * 86400 + 50_000, dt.UTC)
amounts = st.floats(0, 500, allow_nan=False).map(lambda x: round(x, 2)) | st.integers(0, 9)
days = st.integers(TODAY - 95, TODAY + 2)
buckets = st.dictionaries(
    st.sampled_from(["pv", "iv", "ca", "pu", "rv", "or", "se", "ap", "es", "eo", "ec"]), amounts, max_size=6
)
weights = st.dictionaries(
    st.sampled_from(["Dairy", "dairy", "Été", "Bread", "a", "B", "Ä"]), st.sampled_from([0.5, 1.0, 2.25, 7.5])
)
level: st.SearchStrategy[dict[str, float]] = st.just({}) | st.fixed_dictionaries(
    {"sum": st.floats(0, 9).map(lambda x: round(x, 3)), "weight": st.sampled_from([1.0, 3.5, 10.0])}
)
demographics = st.fixed_dictionaries({}, optional={
    "age": st.integers(1, 120) | st.sampled_from(["35-44", "65+"]),
    "gender": st.sampled_from(["female", "male"]),
    "location": st.just("FR, Paris"),
    "born": st.dates(dt.date(1920, 1, 1), dt.date(2020, 1, 1)).map(lambda d: f"{d:%Y-%m}"),
})  # fmt: skip
features = st.fixed_dictionaries({}, optional={
    "demographics": demographics,
    "habits": st.fixed_dictionaries({"as_of": st.just(1.0)}, optional={
        "categories": weights, "brands": weights, "dayparts": weights, "devices": weights, "channels": weights,
        "price": level, "popularity": level}),
})  # fmt: skip


def test_every_feature_has_its_column():
    assert list(COLUMNS) == [feature.name for feature in FEATURES]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(features=features, counters=st.dictionaries(days.map(str), buckets, max_size=8))
def test_both_say_the_same(cursor, scope, features, counters):
    spoken = shopper_features(SimpleNamespace(features=features, counters=counters), NOW, UTC_DAYS)
    build = Build(scope.schema, these([]).sql, str)
    columns = [
        f"ARRAY({column.sql(build)})" if column.kind == "names" else f"({column.sql(build)})"
        for column in COLUMNS.values()
    ]
    row = cursor.execute(
        f"SELECT {', '.join(columns)} FROM (SELECT %(f)s::jsonb AS features, %(c)s::jsonb AS counters) AS p",
        {"f": orjson.dumps(features).decode(), "c": orjson.dumps(counters).decode(), "today": TODAY},
    ).fetchone()
    for feature, found in zip(FEATURES, row, strict=True):
        expected = spoken[feature.group][feature.name]
        if feature.name == "age" and isinstance(expected, str):
            expected = int("".join(c for c in expected[:2] if c.isdigit()))
        if COLUMNS[feature.name].kind == "names":
            assert list(found) == list(expected), feature.name
        elif isinstance(expected, int | float):
            # The two round halves differently.
            close = 0.0101 if feature.name in ROUNDED else 0.00011
            assert abs(float(found) - expected) <= close, feature.name
        else:
            assert found == expected, feature.name
