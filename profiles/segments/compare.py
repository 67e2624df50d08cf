"""Values compared in SQL: numbers, texts, days, lists of names. One place for features and computed traits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal

from .build import COMPARISONS, Build, Issue

Kind = Literal["number", "text", "date", "names"]
Op = Literal[
    ">=", "<=", ">", "<", "=", "is", "is_not", "includes", "excludes", "known", "unknown",
    "within", "ago", "ahead", "before", "after",
]  # fmt: skip
KNOWN = ("known", "unknown")
OPS: dict[str, tuple[str, ...]] = {
    "number": (*COMPARISONS, *KNOWN),
    "text": ("is", "is_not", *KNOWN),
    "names": ("includes", "excludes", *KNOWN),
    "date": ("within", "ago", "ahead", "before", "after", *KNOWN),
}
SAID = {
    "is": "is",
    "is_not": "is not",
    "includes": "includes",
    "excludes": "does not include",
    "before": "is before",
    "after": "is after",
}
TIMED = ("within", "ago", "ahead")


def issues(label: str, kind: Kind, op: str, value: float | None, values: list[str]) -> Iterator[Issue]:
    """What must be mended of a comparison with a value of this kind."""
    if op not in OPS[kind]:
        yield Issue("op", f"“{label}” can't be compared with “{op}”.")
    elif op in COMPARISONS and value is None:
        yield Issue("value", "Say which number.")
    elif op in TIMED and (value is None or value != int(value) or not 0 <= value <= 36500):
        yield Issue("value", "Say how many days.")
    elif op in ("before", "after") and not (values and _is_date(values[0])):
        yield Issue("values", "Give a date such as 2026-11-23.")
    elif op in SAID and not values:
        yield Issue("values", "Name at least one value.")


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


def compared(build: Build, kind: Kind, sql: str, op: str, value: float | None, values: list[str]) -> str:
    """A boolean. `sql`: a number, a text, a date as text, or for "names" rows of `name`; NULL when not known."""
    if kind == "names":
        if op in KNOWN:
            return f"{'NOT ' * (op == 'unknown')}EXISTS ({sql})"
        among = f"EXISTS (SELECT 1 FROM ({sql}) AS top WHERE lower(top.name) = ANY({_lower(build, values)}))"
        return among if op == "includes" else f"NOT {among}"
    if op in KNOWN:
        return f"({sql}) IS {'NOT ' * (op == 'known')}NULL"
    if kind == "number":
        return f"({sql}) {op} {build.bind(value)}::float8"
    if kind == "date":
        return _dated(build, sql, op, int(value or 0), values)
    if op == "is":
        return f"lower({sql}) = ANY({_lower(build, values)})"
    # Whoever is not known to be it, is not.
    return f"coalesce(lower({sql}) <> ALL({_lower(build, values)}), true)"


def _dated(build: Build, sql: str, op: str, days: int, values: list[str]) -> str:
    """Days are texts such as 2026-11-23, whose order is that of the calendar in the order of their bytes."""
    today = f"('1970-01-01'::date + {build.today})"
    text = f'(({sql}) COLLATE "C")'
    if op == "within":  # the last so many days, today included
        return f"{text} > ({today} - {days})::text AND {text} <= {today}::text"
    if op == "ahead":  # the next so many days, today included
        return f"{text} >= {today}::text AND {text} < ({today} + {days})::text"
    if op == "ago":
        return f"{text} < ({today} - {days})::text"
    return f"{text} {'<' if op == 'before' else '>'} {build.bind(values[0])}::text"


def _lower(build: Build, values: list[str]) -> str:
    return f"{build.bind([value.lower() for value in values])}::text[]"


def words(op: str, value: float | None, values: list[str]) -> str:
    """ "is at least 3", "includes Dairy or Bread", "is in the last 30 days"."""
    from .conditions.base import listed

    if op in KNOWN:
        return f"is {op}"
    if op in COMPARISONS:
        return f"is {COMPARISONS[op]} {value:g}"
    days = f"{value:g} day{'s' * (value != 1)}" if value is not None else ""
    if op in TIMED:
        return {
            "within": f"is in the last {days}",
            "ago": f"is more than {days} ago",
            "ahead": f"is in the next {days}",
        }[op]
    return f"{SAID[op]} {listed(values)}"
