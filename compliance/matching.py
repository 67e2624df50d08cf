"""Whether a text or a document names a person: by parts only where that can't be chance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from .registry import Person

# From this length on, and with a digit or an @ in it, an identifier doesn't stand in a text by chance.
TELLING = 8
# Fields in which a shorter one ("42") is a name all the same.
_NAMING = frozenset(
    {"userid", "anonymousid", "previousid", "email", "phone", "username", "customerid", "externalid", "id"}
)


def is_telling(value: str) -> bool:
    return len(value) >= TELLING and any(c.isdigit() or c == "@" for c in value)


@dataclass(frozen=True)
class Needles:
    """A person's identifiers in plain text, to be looked for. Case is ignored."""

    values: frozenset[str]

    @classmethod
    def of(cls, person: Person) -> Needles:
        return cls(frozenset(value.strip().casefold() for _, value in person.identifiers if value.strip()))

    @property
    def telling(self) -> list[str]:
        return sorted(filter(is_telling, self.values))

    def in_text(self, text: str) -> bool:
        return bool(self._pattern and self._pattern.search(text.casefold()))

    def in_json(self, raw: bytes) -> bool:
        """Whether a value of the document, at any depth, holds a telling identifier, or a naming field any of them."""
        if not self.values:
            return False
        try:
            document = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return self.in_text(raw.decode(errors="replace"))
        return self.in_value(document)

    def in_value(self, value: Any, field: str = "") -> bool:
        if isinstance(value, dict):
            return any(
                self.in_text(str(name)) or self.in_value(part, str(name)) for name, part in value.items()
            )
        if isinstance(value, list):
            return any(self.in_value(part, field) for part in value)
        if isinstance(value, bool) or not isinstance(value, str | int):
            return False
        text = str(value).casefold()
        named = field.replace("_", "").replace("-", "").casefold() in _NAMING
        return (named and text in self.values) or self.in_text(text)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        parts = sorted(map(re.escape, self.telling), key=len, reverse=True)
        return re.compile("|".join(parts)) if parts else None
