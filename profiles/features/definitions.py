"""Every feature: name, group, type, window and meaning, in one place, with how it is read from a profile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import buckets, demographics, habits

GROUPS = ("demographics", "behaviour", "preferences", "engagement", "product", "context")


@dataclass(frozen=True)
class Sources:
    """What features are read from: the two JSON columns of a profile, and today as days since 1970 (UTC)."""

    features: dict[str, Any]
    counters: buckets.Counters
    now: dt.datetime

    @property
    def today(self) -> int:
        return int(self.now.timestamp() // 86400)

    def total(self, name: str, days: int) -> float:
        return buckets.total(self.counters, name, self.today, days)


@dataclass(frozen=True)
class Feature:
    """`window_days` is None for what has no window. `read` gives None when there is nothing to tell."""

    name: str
    group: str
    type: str
    window_days: int | None
    description: str
    read: Callable[[Sources], Any]


def _count(name: str, bucket: str, days: int, description: str, group: str = "behaviour") -> Feature:
    return Feature(name, group, "integer", days, description, lambda s: int(s.total(bucket, days)))


def _ratio(above: str, below: str, days: int) -> Callable[[Sources], float | None]:
    def read(sources: Sources) -> float | None:
        whole = sources.total(below, days)
        return round(sources.total(above, days) / whole, 4) if whole else None

    return read


def _strongest(group: str) -> Callable[[Sources], str | None]:
    return lambda s: next(iter(habits.shares(s.features, group, 1)), None)


def _demographic(name: str) -> Callable[[Sources], Any]:
    return lambda s: s.features.get("demographics", {}).get(name)


def _age(sources: Sources) -> int | str | None:
    return demographics.age_at(sources.features.get("demographics", {}), sources.now.date())


def _price_tier(sources: Sources) -> str | None:
    level = habits.level(sources.features, habits.PRICE)
    if level is None:
        return None
    return "budget" if level < 1 / 3 else "middle" if level < 2 / 3 else "premium"


def _app_usage(sources: Sources) -> float:
    return round(sources.total(buckets.APP, 28) / 4, 2)


FEATURES: tuple[Feature, ...] = (
    Feature("age", "demographics", "integer or band", None, "Age in years, or the band the shop sends", _age),
    Feature("gender", "demographics", "text", None, "As the shop says it", _demographic("gender")),
    Feature("location", "demographics", "text", None, "Country, region, city", _demographic("location")),
    _count("page_views_7d", buckets.PAGE_VIEW, 7, "Pages and screens seen"),
    _count("product_views_7d", buckets.ITEM_VIEW, 7, "Products looked at"),
    _count("sessions_30d", buckets.SESSION, 30, "Visits more than 30 minutes apart"),
    _count("cart_adds_30d", buckets.CART, 30, "Products put into the cart"),
    _count("purchases_30d", buckets.PURCHASE, 30, "Products bought (order lines)"),
    _count("orders_30d", buckets.ORDER, 30, "Orders"),
    Feature(
        "revenue_90d",
        "behaviour",
        "number",
        90,
        "Spent, in the shop's currency",
        lambda s: round(s.total(buckets.REVENUE, 90), 2),
    ),
    Feature(
        "avg_order_value",
        "behaviour",
        "number",
        90,
        "Spent per order",
        lambda s: (v := _ratio(buckets.REVENUE, buckets.ORDER, 90)(s)) and round(v, 2),
    ),
    Feature(
        "favorite_categories",
        "preferences",
        "shares",
        None,
        "Strongest categories, a half-life of 60 days",
        lambda s: habits.shares(s.features, habits.CATEGORIES, 5),
    ),
    Feature(
        "brand_affinity",
        "preferences",
        "shares",
        None,
        "Strongest brands, a half-life of 60 days",
        lambda s: habits.shares(s.features, habits.BRANDS, 5),
    ),
    Feature(
        "email_open_rate",
        "engagement",
        "ratio",
        90,
        "E-mails opened of those delivered",
        _ratio(buckets.EMAIL_OPEN, buckets.EMAIL_SENT, 90),
    ),
    Feature(
        "email_click_rate",
        "engagement",
        "ratio",
        90,
        "E-mail links clicked per e-mail delivered",
        _ratio(buckets.EMAIL_CLICK, buckets.EMAIL_SENT, 90),
    ),
    Feature("app_usage_frequency", "engagement", "number", 28, "App screens and starts per week", _app_usage),
    Feature(
        "category",
        "product",
        "text",
        None,
        "The category most acted on",
        _strongest(habits.CATEGORIES),
    ),
    Feature("price_tier", "product", "text", None, "Price of usual items within their category", _price_tier),
    Feature(
        "popularity_score",
        "product",
        "number",
        None,
        "How popular usual items are: 0 niche, 1 bestseller",
        lambda s: habits.level(s.features, habits.POPULARITY),
    ),
    Feature(
        "time_of_day", "context", "text", None, "Usual part of the day (UTC)", _strongest(habits.DAYPARTS)
    ),
    Feature("device_type", "context", "text", None, "Usual device", _strongest(habits.DEVICES)),
    Feature("channel", "context", "text", None, "Usual channel", _strongest(habits.CHANNELS)),
)
