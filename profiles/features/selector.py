"""The features of one shopper at one moment."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

from ..days import Calendar
from .definitions import FEATURES, GROUPS
from .folds import Sources


class ProfileRow(Protocol):
    """A Profile, or anything with its two JSON columns decoded."""

    features: Any
    counters: Any


def shopper_features(profile: ProfileRow, now: dt.datetime, days: Calendar) -> dict[str, dict[str, Any]]:
    """{group: {name: value}} for all six groups; None where nothing is known.

    Windows end with the day of the tenant's zone that is running at `now`, as `days` counts them.
    """
    sources = Sources(profile.features or {}, profile.counters or {}, days.today(now.timestamp()))
    result: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for feature in FEATURES:
        result[feature.group][feature.name] = feature.read(sources)
    return result
