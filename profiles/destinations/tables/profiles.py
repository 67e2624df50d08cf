"""Shoppers with their features, a snapshot a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import orjson
from psycopg import Cursor

from compliance.redaction import redact_values
from tenants.connectors.base import Link
from tenants.workspace.models import Delivery

from ...days import Calendar, calendar
from ...features.selector import shopper_features
from ...traits.selectors import Shown, shown_traits, values
from ..paging import Who, day_of, numbers, windows
from ..table import Column, Counted, Row, Table

CHUNK = 5_000


def read(cursor: Cursor, link: Link, delivery: Delivery, counted: Counted) -> Iterator[Sequence[Row]]:
    day, now = day_of(delivery), dt.datetime.now(dt.UTC)
    days = calendar(link.scope.time_zone)
    traits = shown_traits(cursor, link.scope.schema)

    def make(rows: Sequence[Sequence[Any]], who: Who) -> list[Row]:
        return [
            _row(day, now, days, who[row[1]][1], row, traits, link.personal) for row in rows if row[1] in who
        ]

    query = f"""SELECT consent_personalisation, id, first_seen_at, last_seen_at, features::text, counters::text,
                    computed::text
                FROM "{link.scope.schema}".profiles_profile WHERE id > %(after)b AND id <= %(through)b ORDER BY id"""
    bounds = numbers(cursor, link, delivery, TABLE.source)
    return windows(cursor, link, counted, query, bounds, CHUNK, make)


def _row(
    day: dt.date,
    now: dt.datetime,
    days: Calendar,
    uuid: str,
    row: Sequence[Any],
    traits: list[Shown],
    personal: bool,
) -> Row:
    personalised, number, first, last, features, counters, computed = row
    profile = SimpleNamespace(features=orjson.loads(features), counters=orjson.loads(counters))
    groups = shopper_features(profile, now, days)
    mine = values(traits, orjson.loads(computed))
    if not personal:
        mine = redact_values(mine)
    return Row(day, number, (uuid, first, last, personalised, _json(groups), _json(mine)))


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


TABLE = Table(
    name="profiles",
    label="Shoppers",
    about="Every shopper with all features, a snapshot a day",
    kind="snapshot",
    key="profile",
    source="profiles_profile",
    columns=(
        Column("profile", "string", "pseudonym of the shopper; no other table or system has it by chance"),
        Column("first_seen_at", "timestamp", "when Attune first heard of them (UTC)"),
        Column("last_seen_at", "timestamp", "when they last did something (UTC)"),
        Column("personalised", "bool", "whether they agree to personalisation"),
        Column("features", "json", "group → name → value, as on the shopper's page"),
        Column("computed_traits", "json", "key → value of your computed traits"),
    ),
    read=read,
)
