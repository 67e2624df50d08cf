"""Whether a text or a document names a person: by parts only where that can't be chance."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from .registry import Person

# From this length on, an identifier with an @, or with digits among other characters, stands in no text by chance. One
# of digits alone is a name only where it is the whole value: numbers of articles and orders are as long.
TELLING = 8
# A part of a longer word or number is not the identifier; what stands before it may be an escape (%40, \n, \u000a). The
# same for Python and for PostgreSQL.
_BEFORE = r"(?:(?<![0-9a-z])|(?<=%[0-9a-f][0-9a-f])|(?<=\\[nrtbf])|(?<=\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f]))"
_AFTER = r"(?![0-9a-z])"
# Fields in which a shorter one ("42") is a name all the same.
_NAMING = frozenset(
    {"userid", "anonymousid", "previousid", "email", "phone", "username", "customerid", "externalid", "id"}
)


# The same in a stored document, which other programs wrote: without "id", which may be anything's.
_NAMING_KEYS = "(?:user|anonymous|previous|customer)[_-]?id|username|email|phone"


def is_telling(value: str) -> bool:
    """Whether an identifier is looked for as a word of a text."""
    if len(value) < TELLING or value.isdigit():
        return False
    return "@" in value or any(c.isdigit() for c in value)


def is_number(value: str) -> bool:
    """Whether an identifier is looked for as the whole of a value, wherever that stands."""
    return len(value) >= TELLING and value.isdigit()


@dataclass(frozen=True)
class Needles:
    """A person's identifiers in plain text, to be looked for. Case is ignored."""

    values: frozenset[str]

    @classmethod
    def of(cls, person: Person) -> Needles:
        return cls(frozenset(value.strip().casefold() for _, value in person.identifiers if value.strip()))

    @cached_property
    def telling(self) -> list[str]:
        return sorted(filter(is_telling, self.values))

    @property
    def numbers(self) -> list[str]:
        return sorted(filter(is_number, self.values))

    @property
    def words(self) -> str:
        """A regular expression (case is ignored) that finds a telling identifier in a text; empty without any."""
        return bounded(self.telling)

    @property
    def anywhere(self) -> str:
        """A regular expression for whatever holds any of the values, if only by chance: a quick look before a sharp one."""
        return _either(self.values)

    def columns(self, type_name: str) -> str:
        """A regular expression for a column of this type of PostgreSQL's: words, whole values, names after their keys."""
        parts = [self.words] if self.telling else []
        numbers, every = _either(self.numbers), _either(self.values)
        if type_name in ("json", "jsonb"):
            parts += [rf'"(?:{numbers})"', rf"[:\[,]\s*(?:{numbers})\s*[],}}]"] if numbers else []
            parts += [rf'"(?:{_NAMING_KEYS})"\s*:\s*"?(?:{every})"?\s*[],}}]'] if every else []
        elif numbers:
            whole = r'[{{,"](?:{0})[}},"]' if type_name.startswith("_") else r"^\s*(?:{0})\s*$"
            parts.append(whole.format(numbers))
        return "|".join(parts)

    def in_text(self, text: str) -> bool:
        folded = text.casefold()
        # Nearly every text holds none of them at all, which is said faster without boundaries.
        if not self._pattern or not any(value in folded for value in self.telling):
            return False
        return self._pattern.search(folded) is not None

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
        whole = text.strip()
        return (whole in self.values and (named or is_number(whole))) or self.in_text(text)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        return re.compile(self.words) if self.telling else None


def bounded(values: Iterable[str]) -> str:
    """A regular expression that finds any of the values, but not inside a longer word or number; empty for none."""
    either = _either(values)
    return f"{_BEFORE}(?:{either}){_AFTER}" if either else ""


def _either(values: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(values, key=lambda value: (-len(value), value))))
