"""A schema from real events: their fields' types, which of them every event has, and short lists of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

REQUIRED_SHARE = 0.99
# An enumeration is only a guess: few values, each seen often, and nothing that looks like an id or a name.
MOST_VALUES = 8
OFTEN = 5
FEWEST_FOR_VALUES = 30
LONGEST_VALUE = 40
MOST_FIELDS = 100
MOST_LEVELS = 4
_ORDER = ("string", "integer", "number", "boolean", "array", "object")


@dataclass
class _Seen:
    """One field over all events."""

    count: int = 0
    types: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    below: list[Mapping[str, Any]] = field(default_factory=list)
    entries: list[Any] = field(default_factory=list)


def infer(samples: Iterable[Mapping[str, Any]], level: int = 1) -> dict[str, Any]:
    """The schema (JSON Schema, draft 7) that the samples keep to. Fields that are null count as not there."""
    samples = list(samples)
    seen: dict[str, _Seen] = {}
    for sample in samples:
        for name, value in sample.items():
            if value is None or (name not in seen and len(seen) >= MOST_FIELDS):
                continue
            _note(seen.setdefault(str(name), _Seen()), value)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {n: _schema(s, level) for n, s in sorted(seen.items())},
    }
    required = sorted(n for n, s in seen.items() if s.count >= REQUIRED_SHARE * len(samples))
    if required and samples:
        schema["required"] = required
    return schema


def _note(seen: _Seen, value: Any) -> None:
    seen.count += 1
    kind = _type(value)
    seen.types[kind] += 1
    if kind == "string" and len(value) <= LONGEST_VALUE:
        seen.values[value] += 1
    elif kind == "object":
        seen.below.append(value)
    elif kind == "array":
        seen.entries += value[:20]


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _schema(seen: _Seen, level: int) -> dict[str, Any]:
    kinds = set(seen.types)
    if "number" in kinds:
        kinds.discard("integer")
    names = [kind for kind in _ORDER if kind in kinds]
    made: dict[str, Any] = {"type": names[0] if len(names) == 1 else names}
    if names == ["string"] and _enumerable(seen):
        made["enum"] = sorted(seen.values)
    if "object" in kinds and seen.below and level < MOST_LEVELS:
        inner = infer(seen.below, level + 1)
        made |= {word: inner[word] for word in ("properties", "required") if inner.get(word)}
    if "array" in kinds and seen.entries and level < MOST_LEVELS:
        made["items"] = _entries(seen.entries, level)
    return made


def _entries(entries: list[Any], level: int) -> dict[str, Any]:
    one = _Seen()
    for entry in entries:
        if entry is not None:
            _note(one, entry)
    made = _schema(one, level + 1) if one.count else {}
    made.pop("enum", None)
    return made


def _enumerable(seen: _Seen) -> bool:
    """Whether the values look like a list to choose from, and not like names of people or things."""
    total = sum(seen.values.values())
    return (
        total == seen.count >= FEWEST_FOR_VALUES
        and len(seen.values) <= MOST_VALUES
        and min(seen.values.values()) >= OFTEN
        and not any("@" in value or any(sign.isdigit() for sign in value) for value in seen.values)
    )
