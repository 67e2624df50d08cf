"""The features of profiles as SQL, the twin of features.definitions: a test compares the two on random shoppers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..features import buckets, habits
from .build import Build, bucket_total

Kind = Literal["number", "text", "names"]
TOP = 5  # names of a leaning that count as strong, as features.definitions shows


@dataclass(frozen=True)
class Column:
    """A feature in a statement. `sql` gives a number, a text, or for "names" rows of `name`; NULL when not known."""

    kind: Kind
    sql: Callable[[Build], str]
    timed: bool = False


def _count(bucket: str, days: int) -> Column:
    return Column("number", lambda build: f"trunc({bucket_total(build, bucket, days)})", timed=True)


def _ratio(above: str, below: str, days: int, digits: int = 4) -> Column:
    def sql(build: Build) -> str:
        over = f"nullif({bucket_total(build, below, days)}, 0)"
        return f"round(({bucket_total(build, above, days)} / {over})::numeric, {digits})::float8"

    return Column("number", sql, timed=True)


def _strongest(group: str) -> Column:
    return Column("text", lambda build: f"(SELECT name FROM ({_ranked(group, 1)}) AS top)")


def _names(group: str) -> Column:
    return Column("names", lambda build: _ranked(group, TOP))


def _ranked(group: str, most: int) -> str:
    return (
        f"SELECT w.key AS name FROM jsonb_each_text(p.features #> '{{habits,{group}}}') AS w"
        f' ORDER BY w.value::float8 DESC, w.key COLLATE "C" LIMIT {most}'
    )


def _level(group: str) -> str:
    path = f"{{habits,{group}"
    weight = f"(p.features #>> '{path},weight}}')::float8"
    total = f"coalesce((p.features #>> '{path},sum}}')::float8, 0)"
    return f"CASE WHEN {weight} > 0 THEN round(({total} / {weight})::numeric, 4)::float8 END"


def _price_tier(build: Build) -> str:
    level = _level(habits.PRICE)
    return f"(SELECT CASE WHEN l < 1.0 / 3 THEN 'budget' WHEN l < 2.0 / 3 THEN 'middle' WHEN l IS NOT NULL THEN 'premium' END FROM (SELECT {level} AS l) AS price)"


def _demographic(name: str) -> Column:
    return Column("text", lambda build: f"(p.features #>> '{{demographics,{name}}}')")


def _age(build: Build) -> str:
    """Years; of a band ("35-44") the lower end."""
    born = "(p.features #>> '{demographics,born}')"
    day = f"('1970-01-01'::date + {build.today})"
    from_birth = (
        f"extract(year from {day})::int - left({born}, 4)::int"
        f" - (extract(month from {day})::int <= substr({born}, 6, 2)::int)::int"
    )
    said = r"substring(p.features #>> '{demographics,age}' from '\d+')::float8"
    return f"CASE WHEN {born} IS NOT NULL THEN ({from_birth})::float8 ELSE {said} END"


COLUMNS: dict[str, Column] = {
    "age": Column("number", _age, timed=True),
    "gender": _demographic("gender"),
    "location": _demographic("location"),
    "page_views_7d": _count(buckets.PAGE_VIEW, 7),
    "product_views_7d": _count(buckets.ITEM_VIEW, 7),
    "sessions_30d": _count(buckets.SESSION, 30),
    "cart_adds_30d": _count(buckets.CART, 30),
    "purchases_30d": _count(buckets.PURCHASE, 30),
    "orders_30d": _count(buckets.ORDER, 30),
    "revenue_90d": Column(
        "number",
        lambda build: f"round({bucket_total(build, buckets.REVENUE, 90)}::numeric, 2)::float8",
        timed=True,
    ),
    "avg_order_value": _ratio(buckets.REVENUE, buckets.ORDER, 90, 2),
    "favorite_categories": _names(habits.CATEGORIES),
    "brand_affinity": _names(habits.BRANDS),
    "email_open_rate": _ratio(buckets.EMAIL_OPEN, buckets.EMAIL_SENT, 90),
    "email_click_rate": _ratio(buckets.EMAIL_CLICK, buckets.EMAIL_SENT, 90),
    "app_usage_frequency": Column(
        "number",
        lambda build: f"round(({bucket_total(build, buckets.APP, 28)} / 4)::numeric, 2)::float8",
        timed=True,
    ),
    "category": _strongest(habits.CATEGORIES),
    "price_tier": Column("text", _price_tier),
    "popularity_score": Column("number", lambda build: _level(habits.POPULARITY)),
    "time_of_day": _strongest(habits.DAYPARTS),
    "device_type": _strongest(habits.DEVICES),
    "channel": _strongest(habits.CHANNELS),
}
