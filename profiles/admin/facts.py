"""Features for people: a label, what it means, and its value in words, by group."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from tenants.scope import Scope

from ..days import calendar
from ..features.ages import changed_on
from ..features.definitions import FEATURES, GROUPS
from ..features.fallback import features_of
from ..models import Profile

GROUP_NAMES = {
    "demographics": "Who",
    "behaviour": "Behaviour",
    "preferences": "Preferences",
    "engagement": "Engagement",
    "product": "Products",
    "context": "Context",
}


@dataclass(frozen=True)
class Fact:
    """`changed`: the day of the latest thing that it is made from, None where that is not known."""

    label: str
    meaning: str
    value: str
    changed: dt.date | None = None
    source: str = ""


def grouped(
    scope: Scope, profile: Profile, last_act: dt.datetime | None = None
) -> list[tuple[str, list[Fact]]]:
    """The six groups in their order, with the facts that have a value now. `last_act`: the latest interaction."""
    days = calendar(scope.time_zone)
    values = features_of(scope, profile, timezone.now())
    counters = profile.counters if isinstance(profile.counters, dict) else {}
    found: dict[str, list[Fact]] = {group: [] for group in GROUPS}
    for feature in FEATURES:
        text = said(values[feature.group][feature.name])
        if text:
            changed = changed_on(
                feature, counters, last_act=last_act, last_seen=profile.last_seen_at, days=days
            )
            found[feature.group].append(
                Fact(feature.label, feature.description, text, changed, feature.source)
            )
    return [(GROUP_NAMES[group], facts) for group, facts in found.items() if facts]


def said(value: Any) -> str:
    """A value in words: lists joined, shares as per cent, numbers short; "" for nothing."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{_leaf(str(name))} {share:.0%}" for name, share in list(value.items())[:4])
    if isinstance(value, list | tuple):
        return ", ".join(_leaf(said(entry)) for entry in value[:4])
    return _leaf(str(value))


def _leaf(text: str) -> str:
    return text.split(" > ")[-1]
