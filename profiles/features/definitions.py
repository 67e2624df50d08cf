"""Every feature, declared once: the console, the API, segments, training sets and exports all read this list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import buckets, habits
from .folds import (
    Age,
    Amount,
    Average,
    Count,
    Fold,
    Level,
    Ratio,
    Shares,
    Strongest,
    Then,
    Tier,
    Told,
    Weekly,
)

GROUPS = ("demographics", "behaviour", "preferences", "engagement", "product", "context")

STREAM = "2 seconds after the event"
WITH_TRAITS = "2 seconds after the trait is said"


@dataclass(frozen=True)
class Feature:
    """`window_days` is None for what has no window; `source` says what it is made from, `fresh` how soon it follows.

    `default`: what stands for a shopper of whom nothing is known.
    """

    name: str
    group: str
    type: str
    fold: Fold
    source: str
    description: str
    window_days: int | None = None
    fresh: str = STREAM
    default: Any = None

    def read(self, then: Then) -> Any:
        """The value; None when there is nothing to tell."""
        return self.fold.read(then)

    @property
    def label(self) -> str:
        """ "page_views_7d" → "Page views, 7 days"."""
        words = self.name
        if self.window_days and words.endswith(f"_{self.window_days}d"):
            words = f"{words.rpartition('_')[0]}, {self.window_days} days"
        words = words.replace("_", " ")
        return words[:1].upper() + words[1:]


def _count(name: str, bucket: str, days: int, source: str, description: str) -> Feature:
    return Feature(
        name, "behaviour", "integer", Count(bucket, days), source, description, window_days=days, default=0
    )


def _who(name: str, fold: Fold, type_: str, source: str, description: str) -> Feature:
    return Feature(name, "demographics", type_, fold, source, description, fresh=WITH_TRAITS)


_ORDERS = "completed orders"
_ACTS = "views, clicks, cart adds and purchases"
_ANY = "all events"

FEATURES: tuple[Feature, ...] = (
    _who(
        "age",
        Age(),
        "integer or band",
        "traits “birthday” or “age”",
        "Age in years, or the band the shop sends",
    ),
    _who("gender", Told("gender"), "text", "trait “gender”", "As the shop says it"),
    _who(
        "location",
        Told("location"),
        "text",
        "trait “address”, or “country”, “region”, “city”",
        "Country, region, city",
    ),
    _count("page_views_7d", buckets.PAGE_VIEW, 7, "pages and screens", "Pages and screens seen"),
    _count("product_views_7d", buckets.ITEM_VIEW, 7, "product views and clicks", "Products looked at"),
    _count("sessions_30d", buckets.SESSION, 30, _ANY, "Visits more than 30 minutes apart"),
    _count("cart_adds_30d", buckets.CART, 30, "products added to a cart", "Products put into the cart"),
    _count("purchases_30d", buckets.PURCHASE, 30, _ORDERS, "Products bought (order lines)"),
    _count("orders_30d", buckets.ORDER, 30, _ORDERS, "Orders"),
    Feature(
        "revenue_90d",
        "behaviour",
        "number",
        Amount(buckets.REVENUE, 90),
        _ORDERS,
        "Spent, in the shop's currency",
        window_days=90,
        default=0.0,
    ),
    Feature(
        "avg_order_value",
        "behaviour",
        "number",
        Average(buckets.REVENUE, buckets.ORDER, 90),
        _ORDERS,
        "Spent per order",
        window_days=90,
    ),
    Feature(
        "favorite_categories",
        "preferences",
        "shares",
        Shares(habits.CATEGORIES),
        _ACTS,
        "Strongest categories, a half-life of 60 days",
        default={},
    ),
    Feature(
        "brand_affinity",
        "preferences",
        "shares",
        Shares(habits.BRANDS),
        _ACTS,
        "Strongest brands, a half-life of 60 days",
        default={},
    ),
    Feature(
        "email_open_rate",
        "engagement",
        "ratio",
        Ratio(buckets.EMAIL_OPEN, buckets.EMAIL_SENT, 90),
        "e-mails delivered and opened",
        "E-mails opened of those delivered",
        window_days=90,
    ),
    Feature(
        "email_click_rate",
        "engagement",
        "ratio",
        Ratio(buckets.EMAIL_CLICK, buckets.EMAIL_SENT, 90),
        "e-mails delivered and links clicked",
        "E-mail links clicked per e-mail delivered",
        window_days=90,
    ),
    Feature(
        "app_usage_frequency",
        "engagement",
        "number",
        Weekly(buckets.APP, 28),
        "screens and app starts",
        "App screens and starts per week",
        window_days=28,
        default=0.0,
    ),
    Feature(
        "category",
        "product",
        "text",
        Strongest(habits.CATEGORIES),
        _ACTS,
        "The category most acted on",
    ),
    Feature(
        "price_tier",
        "product",
        "text",
        Tier(habits.PRICE, ("budget", "middle", "premium")),
        _ACTS,
        "Price of usual items within their category",
    ),
    Feature(
        "popularity_score",
        "product",
        "number",
        Level(habits.POPULARITY),
        _ACTS,
        "How popular usual items are: 0 niche, 1 bestseller",
    ),
    Feature(
        "time_of_day",
        "context",
        "text",
        Strongest(habits.DAYPARTS),
        _ANY,
        "Usual part of the day, in the shop's time zone",
    ),
    Feature("device_type", "context", "text", Strongest(habits.DEVICES), _ANY, "Usual device"),
    Feature("channel", "context", "text", Strongest(habits.CHANNELS), _ANY, "Usual channel"),
)
BY_NAME = {feature.name: feature for feature in FEATURES}


def chosen(names: Iterable[str] | None) -> tuple[Feature, ...]:
    """The features of these names, in the order of the list; all without names. Raises ValueError for unknown ones."""
    if names is None:
        return FEATURES
    wanted = set(names)
    unknown = wanted - BY_NAME.keys()
    if unknown:
        raise ValueError(f"There is no feature “{sorted(unknown)[0]}”.")
    return tuple(feature for feature in FEATURES if feature.name in wanted)
