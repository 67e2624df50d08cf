"""Spans of time, in seconds, and how they are said."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

DAY = 86_400
LONGEST = 400 * DAY
Duration = Annotated[int, Meta(ge=1, le=LONGEST)]
_UNITS = ((DAY, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def said(seconds: int) -> str:
    """3600 → "1 hour", 90 → "1 minute 30 seconds"."""
    parts = []
    for size, name in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "no time"
