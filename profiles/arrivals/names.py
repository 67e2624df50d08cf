"""Names of events as they may be kept in plain: short, and without what has the form of personal data."""

from __future__ import annotations

from functools import lru_cache

from compliance.redaction import redact_patterns

LONGEST = 80


@lru_cache(maxsize=4096)
def shown_name(name: str) -> str:
    """ "Order Completed" as it is; "Welcome jane@shop.example" without the address."""
    return redact_patterns(name[:LONGEST].replace("\x00", "")).text[:LONGEST]
