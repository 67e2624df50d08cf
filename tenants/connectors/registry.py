"""The vendors there are, from settings.CONNECTORS."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from .base import Connector


def connectors() -> dict[str, Connector]:
    """Key → vendor, in the order of the settings."""
    return _load(tuple(settings.CONNECTORS))


@lru_cache(maxsize=8)
def _load(names: tuple[str, ...]) -> dict[str, Connector]:
    found: dict[str, Connector] = {}
    for name in names:
        one: Connector = import_string(name)()
        found[one.key] = one
    return found
