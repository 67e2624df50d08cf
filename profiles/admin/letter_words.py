"""Reasons and sources of dead letters, as people read them."""

from __future__ import annotations

_REASONS = {
    "plan_violation": "Does not keep to the tracking plan",
    "unplanned_event": "Not in the tracking plan",
    "missing_identity": "Names nobody",
    "missing_event_name": "Has no name",
    "unknown_type": "Of an unknown type",
    "invalid_event": "Can't be understood",
    "invalid_id": "An id that can't be used",
    "id_too_long": "An id that is too long",
    "invalid_value": "A value that can't be read",
    "unreadable_line": "A line that can't be read",
    "event_too_large": "Too large",
    "unreadable_event": "Can't be read",
    "processing_failed": "Could not be processed",
    "settled": "Settled meanwhile",
    "erased": "Its person was erased",
    "others": "Other reasons",
}
_SOURCES = {
    "http": "The API",
    "pixel": "A pixel",
    "spool": "The spool",
    "import": "An import",
    "worker": "A worker",
    "replay": "Sent again",
    "": "Before that was noted",
}
_SENDERS = {1: "a browser's key", 2: "a server's key"}


def reason(code: str) -> str:
    return _REASONS.get(code) or code.replace("_", " ").capitalize()


def source(code: str) -> str:
    return _SOURCES.get(code) or code.replace("_", " ").capitalize()


def sender(key_kind: int) -> str:
    return _SENDERS.get(key_kind, "an unknown key")
