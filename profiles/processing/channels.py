"""Where an event happened."""

from __future__ import annotations

from typing import Any

from .decode import SCREEN, Occurrence


def channel_of(event: Occurrence) -> str:
    """Where it happened: what the event says, else web, app, store, email, sms or server; at most 12 characters.

    "mobile" and "server" are what SDKs write into the field `channel` by themselves; "browser" is the web.
    """
    if event.happened_on is None:
        event.happened_on = _channel(event)
    return event.happened_on


def _channel(event: Occurrence) -> str:
    said = event.properties.get("channel") or event.context.get("channel")
    if isinstance(said, str) and said:
        return said[:12].lower().replace("\x00", "")
    name = event.name.strip().lower() if event.type == 2 else ""
    for prefix, channel in _CHANNEL_OF_NAMES:
        if name.startswith(prefix):
            return channel
    if event.type == SCREEN or event.channel == "mobile" or _library(event).startswith(_PHONES):
        return "app"
    if place_of(event.properties) >= 0:
        return "store"
    return "server" if event.channel == "server" or _library(event).endswith(_SERVERS) else "web"


# The spec's names of what happens to messages and apps.
_CHANNEL_OF_NAMES = (
    ("email ", "email"),
    ("sms ", "sms"),
    ("text message ", "sms"),
    ("push notification ", "app"),
    ("application ", "app"),
    ("deep link ", "app"),
)
_PHONES = (
    "analytics-ios",
    "analytics-android",
    "analytics-kotlin",
    "analytics-swift",
    "analytics-react-native",
)


# As they name themselves.
_SERVERS = tuple(
    f"analytics-{name}" for name in ("python", "node", "java", "ruby", "go", "php", "rust", "csharp")
)


def _library(event: Occurrence) -> str:
    library = event.context.get("library")
    name = library.get("name") if isinstance(library, dict) else None
    return name.removeprefix("@segment/") if isinstance(name, str) else ""


def place_of(properties: dict[str, Any]) -> int:
    """The number of the store that an event names, -1 for none."""
    store = properties.get("store_id")
    if isinstance(store, str) and store.isdigit():
        store = int(store)
    return store if isinstance(store, int) and not isinstance(store, bool) and 0 <= store < 2**31 else -1
