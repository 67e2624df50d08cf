"""The door's addresses, with the short names that Segment's browser library uses."""

from __future__ import annotations

from django.urls import URLPattern, path

from .views import batch, single
from .wire import TYPES

_SHORT = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias"}

_views = {name: single(name) for name in TYPES} | {"batch": batch}
_views |= {short: _views[name] for short, name in _SHORT.items()} | {"b": batch, "import": batch}

urlpatterns: list[URLPattern] = [
    path(f"{prefix}{name}", view) for prefix in ("v1/", "api/v1/") for name, view in _views.items()
]
