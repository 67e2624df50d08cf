"""Messages that go to one address and to no other: the one that was on file when they were made."""

from __future__ import annotations

from tenants.scope import Scope

from .engine.people import open_context

# The template whose messages are pinned, and where their context says to which address (its hash, hexadecimal).
TEMPLATE = "privacy-verification"
ADDRESS = "address"
CHANGED = "the address on file changed since the link was made"


def pinned(scope: Scope, template: str, unit: bytes, context: bytes) -> bytes | None:
    """The hash of the only address that a message may go to; None when it may go wherever the shopper is now.

    One of this template that says none, or whose context can't be read any more, goes nowhere.
    """
    if template != TEMPLATE:
        return None
    return bytes.fromhex(str(open_context(scope, unit, context).get(ADDRESS, "")))
