"""The feature store for Feast: a feature repository (feature_store.yaml, features.py) over Parquet files.

One entity, `shopper`, by the profile's uuid: no name, address or user id leaves. One feature view per group, with the
types, windows and descriptions of features.definitions. Shoppers who refuse analytics are left out. Checked with Feast
0.67 (`feast apply`, historical and online features).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from compliance.consent import allowed
from tenants.scope import Scope

from ..days import calendar
from ..models import Profile
from .arrow import arrow_columns, arrow_fields
from .definitions import FEATURES, GROUPS, Feature
from .fallback import features_of
from .offline import point_in_time

ENTITY = "shopper"
KEY = "shopper_id"
_PORTION = 5_000
_FEAST_TYPES = {pa.int64(): "Int64", pa.float64(): "Float64", pa.string(): "String"}


def export(scope: Scope, folder: Path, now: dt.datetime, past_days: int = 0) -> int:
    """Write the repository into `folder`; how many rows each view has.

    Every shopper's values of `now`, after those of the ends of the `past_days` days (of its zone) before, as they were known then.
    The connection looks into the tenant's schema. Files that are there already are replaced.
    """
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    (folder / "feature_store.yaml").write_text(_store(scope))
    (folder / "features.py").write_text(_definitions())
    writers = {group: pq.ParquetWriter(data / f"{group}.parquet", _schema(group)) for group in GROUPS}
    rows = 0
    try:
        for moment, people, values in _values(scope, now, past_days):
            rows += len(people)
            for group, writer in writers.items():
                writer.write_table(_table(group, moment, people, values, now))
    finally:
        for writer in writers.values():
            writer.close()
    return rows


def _values(
    scope: Scope, now: dt.datetime, past_days: int
) -> Iterator[tuple[dt.datetime, list[str], dict[str, list[Any]]]]:
    """(moment, uuids, feature → values), a few thousand shoppers at a time."""
    days = calendar(scope.time_zone)
    ends = [days.end(days.date(now) - dt.timedelta(days=back)) for back in range(past_days, 0, -1)]
    last = 0
    while True:
        found = list(Profile.objects.filter(pk__gt=last).order_by("pk")[:_PORTION])
        if not found:
            return
        last = found[-1].pk
        may = allowed(scope.schema, [profile.pk for profile in found], "analytics")
        people = [profile for profile in found if profile.pk in may]
        asked = [(end, one) for end in ends for one in people if one.first_seen_at <= end]
        if asked:
            at = pd.to_datetime([end for end, _ in asked], utc=True)
            known = point_in_time(scope, pd.DataFrame({"profile_id": [p.pk for _, p in asked], "at": at}))
            for end, rows in known.groupby("at", sort=True):
                then = [str(one.uuid) for moment, one in asked if moment == end]
                yield end.to_pydatetime(), then, {f.name: rows[f.name].tolist() for f in FEATURES}
        if people:
            read = [features_of(scope, profile, now) for profile in people]
            values = {f.name: [one[f.group][f.name] for one in read] for f in FEATURES}
            yield now, [str(profile.uuid) for profile in people], values


def _fields(group: str) -> Iterator[tuple[str, str, pa.DataType, Feature]]:
    """(name, Feast's type, Arrow's, feature)."""
    for feature in FEATURES:
        if feature.group == group:
            for name, kind in arrow_fields(feature):
                listed = pa.types.is_list(kind)
                inner = _FEAST_TYPES[kind.value_type if listed else kind]
                yield name, f"Array({inner})" if listed else inner, kind, feature


def _schema(group: str) -> pa.Schema:
    stamp = pa.timestamp("us", tz="UTC")
    fields = [(name, arrow) for name, _, arrow, _ in _fields(group)]
    return pa.schema([(KEY, pa.string()), ("event_timestamp", stamp), ("created", stamp), *fields])


def _table(
    group: str, moment: dt.datetime, people: list[str], values: dict[str, list[Any]], now: dt.datetime
) -> pa.Table:
    columns: dict[str, Any] = {
        KEY: people,
        "event_timestamp": [moment] * len(people),
        "created": [now] * len(people),
    }
    for feature in FEATURES:
        if feature.group == group:
            columns |= arrow_columns(feature, values[feature.name])
    return pa.Table.from_pydict(columns, schema=_schema(group))


def _store(scope: Scope) -> str:
    project = "".join(c if c.isalnum() else "_" for c in scope.slug) or "attune"
    return f"""project: {project}
provider: local
registry: data/registry.db
offline_store:
  type: file
online_store:
  type: sqlite
  path: data/online_store.db
entity_key_serialization_version: 3
"""


def _definitions() -> str:
    lines = [
        '"""Attune\'s features, as exported by manage.py export_features. Run `feast apply` in this folder."""',
        "",
        "from datetime import timedelta",
        "",
        "from feast import Entity, FeatureView, Field, FileSource",
        "from feast.types import Array, Float64, Int64, String",
        "from feast.value_type import ValueType",
        "",
        f'{ENTITY} = Entity(name="{ENTITY}", join_keys=["{KEY}"], value_type=ValueType.STRING)',
    ]
    for group in GROUPS:
        lines += [
            "",
            f"{group}_source = FileSource(",
            f'    name="{group}_source",',
            f'    path="data/{group}.parquet",',
            '    timestamp_field="event_timestamp",',
            '    created_timestamp_column="created",',
            ")",
            f"{group} = FeatureView(",
            f'    name="{group}",',
            f"    entities=[{ENTITY}],",
            "    ttl=timedelta(days=1),",
            "    schema=[",
        ]
        lines += [
            f"        Field(name={name!r}, dtype={kind}, description={json.dumps(_said(feature))}),"
            for name, kind, _, feature in _fields(group)
        ]
        lines += ["    ],", f"    source={group}_source,", ")"]
    return "\n".join(lines) + "\n"


def _said(feature: Feature) -> str:
    window = f" Window: {feature.window_days} days of the shop's time zone." if feature.window_days else ""
    source = feature.source.replace("“", "").replace("”", "")
    return f"{feature.description}. From {source}.{window}"
