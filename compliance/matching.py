"""Whether a text or a document names a person: by whole values, and by parts only where that can't be chance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from .registry import Person

# Below this length an identifier ("42") stands in many texts by chance: only a whole value counts.
TELLING = 8


@dataclass(frozen=True)
class Needles:
    """A person's identifiers in plain text, to be looked for. Case is ignored."""

    values: frozenset[str]

    @classmethod
    def of(cls, person: Person) -> Needles:
        return cls(frozenset(value.casefold() for _, value in person.identifiers if value.strip()))

    @property
    def telling(self) -> list[str]:
        return sorted(value for value in self.values if len(value) >= TELLING)

    def in_text(self, text: str) -> bool:
        """Whether a telling identifier stands in the text, or any stands in quotation marks."""
        return bool(self._pattern and self._pattern.search(text.casefold()))

    def in_json(self, raw: bytes) -> bool:
        """Whether a value of the document, at any depth, is an identifier or holds a telling one."""
        if not self.values:
            return False
        try:
            document = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return self.in_text(raw.decode(errors="replace"))
        return self.in_value(document)

    def in_value(self, value: Any) -> bool:
        if isinstance(value, dict):
            return any(self.in_value(part) for pair in value.items() for part in pair)
        if isinstance(value, list):
            return any(self.in_value(part) for part in value)
        if isinstance(value, bool) or not isinstance(value, str | int):
            return False
        text = str(value).casefold()
        return text in self.values or self.in_text(text)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        parts = [re.escape(v) if len(v) >= TELLING else f"[\"'“]{re.escape(v)}[\"'”]" for v in self.values]
        return re.compile("|".join(sorted(parts, key=len, reverse=True))) if parts else None
