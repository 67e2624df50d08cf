"""Which events count: conditions on their properties, judged when the event comes and never again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from .texts import at_path, day_of, float_of

Path = Annotated[str, Meta(max_length=120)]
Operator = Literal[
    "is", "is_not", "contains", "lacks", "exists", "missing", ">=", "<=", ">", "<", "before", "after"
]
WORDS: dict[str, str] = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "lacks": "does not contain",
    "exists": "is there",
    "missing": "is missing",
    ">=": "is at least",
    "<=": "is at most",
    ">": "is more than",
    "<": "is less than",
    "before": "is before",
    "after": "is after",
}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "before": lambda a, b: a < b,
    "after": lambda a, b: a > b,
}
_DENIED = {"is_not": "is", "lacks": "contains", "missing": "exists"}
_BARE = ("exists", "missing")


class Where(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A property and what it must be; several `values`: one is enough. Texts compare without case, "3" equals 3.

    Of a list every line is looked at and one is enough; “is not”, “does not contain” and “is missing” want none.
    """

    property: Path
    op: Operator = "is"
    values: Annotated[
        list[Annotated[str, Meta(max_length=200)] | int | float | bool], Meta(max_length=50)
    ] = []

    def problem(self) -> str:
        """What has to be mended, "" when nothing."""
        if not self.property.strip():
            return "Say which property."
        if self.op in _BARE:
            return ""
        if not [value for value in self.values if value != ""]:
            return f"Say what “{self.property}” is compared with."
        if self.op in (">=", "<=", ">", "<") and any(float_of(value) is None for value in self.values):
            return f"“{self.property}” is compared by size: give a number."
        if self.op in ("before", "after") and any(day_of(value) is None for value in self.values):
            return f"Give a date such as 2026-11-23 for “{self.property}”."
        return ""

    def words(self) -> str:
        said = " or ".join(str(value) for value in self.values[:3])
        if len(self.values) > 3:
            said += f" or {len(self.values) - 3} more"
        return f"{self.property} {WORDS[self.op]}{'' if self.op in _BARE else ' ' + said}"

    def matcher(self) -> Callable[[Any], bool]:
        """The condition ready to be asked about each event's properties."""
        path, op = self.property, _DENIED.get(self.op, self.op)
        denied = self.op in _DENIED
        one = _matcher(op, self.values)

        def matches(properties: Any) -> bool:
            return any(one(value) for value in at_path(properties, path)) is not denied

        return matches


def _matcher(op: str, wanted: list[Any]) -> Callable[[Any], bool]:
    if op == "exists":
        return lambda value: value != ""
    if op == "is":
        texts = {_text(value) for value in wanted}
        numbers = {number for value in wanted if (number := float_of(value)) is not None}
        return lambda value: _text(value) in texts or (bool(numbers) and float_of(value) in numbers)
    if op == "contains":
        parts = [_text(value) for value in wanted]
        return lambda value: any(part in _text(value) for part in parts)
    read: Callable[[Any], Any] = day_of if op in ("before", "after") else float_of
    limits, compare = [read(value) for value in wanted], _ORDER[op]

    def ordered(value: Any) -> bool:
        found = read(value)
        return found is not None and any(limit is not None and compare(found, limit) for limit in limits)

    return ordered


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value).strip().lower()
