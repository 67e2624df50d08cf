"""The features of one shopper at one moment."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

from .definitions import FEATURES, GROUPS
from .folds import Sources


class ProfileRow(Protocol):
    """A Profile, or anything with its two JSON columns decoded."""

    features: Any
    counters: Any


def shopper_features(profile: ProfileRow, now: dt.datetime) -> dict[str, dict[str, Any]]:
    """{group: {name: value}} for all six groups; None where nothing is known. Windows end at `now`, today included."""
    sources = Sources(profile.features or {}, profile.counters or {}, now.astimezone(dt.UTC))
    result: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for feature in FEATURES:
        result[feature.group][feature.name] = feature.read(sources)
    return result
