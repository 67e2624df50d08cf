"""What is told to settings.SEGMENT_SUBSCRIBERS when shoppers enter and leave segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from tenants.scope import Scope


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """A shopper entered a segment or left it; `at` in unix seconds.

    `redefined`: the definition is new to everybody, or who the shopper is was put right; the shopper has not moved. Nobody
    is greeted for that.
    """

    segment_id: int
    segment_key: str
    profile_id: int
    entered: bool
    at: int
    redefined: bool = False


@lru_cache(maxsize=8)
def _subscribers(names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(import_string(name) for name in names)


def tell(scope: Scope, changes: Sequence[SegmentChange]) -> None:
    """Call the subscribers inside the transaction that changed the membership."""
    if changes:
        for subscriber in _subscribers(tuple(settings.SEGMENT_SUBSCRIBERS)):
            subscriber(scope, changes)
