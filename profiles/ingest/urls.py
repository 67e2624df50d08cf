"""The door's addresses, with the short names that Segment's browser library uses, with and without a slash at the end."""

from __future__ import annotations

from django.urls import URLPattern, path

from .pixel import pixel
from .sdk_settings import sdk_settings
from .views import batch, metrics, single
from .wire import TYPES

_SHORT = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias"}

_views = {name: single(name) for name in TYPES} | {"batch": batch}
_views |= {short: _views[name] for short, name in _SHORT.items()} | {
    "b": batch,
    "import": batch,
    "m": metrics,
}

urlpatterns: list[URLPattern] = [
    path(f"{prefix}{name}{slash}", view)
    for prefix in ("v1/", "api/v1/")
    for slash in ("", "/")
    for name, view in _views.items()
] + [
    # Only where SDKs and mails look for them.
    path("v1/projects/<str:write_key>/settings", sdk_settings),
    *(path(f"v1/pixel/{name}", pixel(name)) for name in TYPES),
    *(path(f"v1/pixel/{short}", pixel(name)) for short, name in _SHORT.items()),
]
