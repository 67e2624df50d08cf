"""Demographic features from traits: only what is coarse enough to be used as a number or a group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

_TEXT = 40


def from_traits(traits: Mapping[str, Any]) -> dict[str, Any]:
    """{age, born, gender, location}, each only when known.

    `age` is a number or the band the merchant sends ("35-44"); `born` (year and month) keeps it true as time passes.
    `location` is the country and region or city, never a street.
    """
    found: dict[str, Any] = {}
    born = _birthday(traits.get("birthday") or traits.get("birthdate"))
    age = traits.get("age")
    if born is not None:
        found["born"] = f"{born:%Y-%m}"
    elif isinstance(age, int | float) and not isinstance(age, bool) and 0 < age < 130:
        found["age"] = int(age)
    elif isinstance(age, str) and any(c.isdigit() for c in age):
        found["age"] = age[:12]
    gender = traits.get("gender")
    if isinstance(gender, str) and gender:
        found["gender"] = gender[:_TEXT].lower()
    location = _location(traits)
    if location:
        found["location"] = location
    return found


def age_at(demographics: dict[str, Any], today: dt.date) -> int | str | None:
    """The age on a day: from the month of birth when known (the younger one in the month of birth itself)."""
    born = demographics.get("born")
    if isinstance(born, str):
        year, month = int(born[:4]), int(born[5:7])
        return today.year - year - (today.month <= month)
    return demographics.get("age")


def _birthday(value: Any) -> dt.date | None:
    if not isinstance(value, str):
        return None
    try:
        day = dt.date.fromisoformat(value[:10])
    except ValueError:
        return None
    return day if 1900 <= day.year <= dt.datetime.now(dt.UTC).year else None


def _location(traits: Mapping[str, Any]) -> str:
    address = traits.get("address")
    source = address if isinstance(address, dict) else traits
    parts = [source.get("country"), source.get("region") or source.get("state"), source.get("city")]
    return ", ".join(p[:_TEXT] for p in parts if isinstance(p, str) and p)
