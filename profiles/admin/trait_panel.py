"""The shop's computed traits on the page of a shopper."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from ..models import Profile
from ..traits.selectors import values_of
from . import facts


def computed(request: HttpRequest, profile: Profile) -> dict[str, Any] | None:
    """Every live computed trait with its value, in words what it is; None where the shop has none."""
    rows = [
        {"name": value.name, "words": value.words, "value": facts.said(value.value) or "–"}
        for value in values_of(profile)
    ]
    return {"template": "console/parts/shopper_traits.html", "rows": rows} if rows else None
