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


# What msgspec says of a value that does not fit → what people read; %s is the limit.
_SENTENCES = (
    (r"Expected `str` of length <= (\d+)", "That text is too long: %s characters at most."),
    (r"Expected `str` of length >= 1", "A value is empty; fill it in or take it away."),
    (r"Expected `array` of length <= (\d+)", "Those are too many: %s at most."),
    (r"Expected `(?:int|float)(?: \| null)?` >= ([-\d.e]+)", "Take a number of at least %s."),
    (r"Expected `(?:int|float)(?: \| null)?` <= ([-\d.e]+)", "Take a number of at most %s."),
    (r"Expected `int(?: \| null)?`, got `float`", "Take a whole number."),
    (r"Expected `(?:int|float)(?: \| null)?`, got ", "Say which number."),
)


def plainly(error: str) -> str:
    """A sentence for people of what `msgspec.ValidationError` says, without the place."""
    what = error.partition(" - at `$")[0].rstrip(".")
    for pattern, sentence in _SENTENCES:
        if found := re.match(pattern, what):
            return sentence % f"{float(found[1]):,.0f}" if found.groups() else sentence
    return f"{what}."


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
