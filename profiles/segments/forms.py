"""What a segment must look like, whoever writes it."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

MOST_SEGMENTS = 500
KEY_LENGTH = 60
EDITED = (
    "Somebody else saved it while you were writing. What you wrote stands below: save again to put it in the place of theirs,"
    " or open the page anew to see theirs."
)


class BadSegment(ValueError):
    """Why a segment can't be kept or changed so; `field` is the one to mend."""

    def __init__(self, field: str, message: str, code: str = "invalid_segment") -> None:
        super().__init__(message)
        self.field = field
        self.code = code


@dataclass(frozen=True)
class SegmentForm:
    name: str
    definition: Any
    description: str = ""
    restricted: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= 120 or "\x00" in self.name + self.description:
            raise BadSegment("name", "Give it a name of 1 to 120 characters.")


def free_key(name: str, taken: Container[str]) -> str:
    """ "Coffee lovers" → "coffee-lovers", with a number behind it when that is taken."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[: KEY_LENGTH - 4] or "segment"
    number, key = 1, base
    while key in taken:
        number += 1
        key = f"{base}-{number}"
    return key
