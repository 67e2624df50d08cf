"""Values of properties as computed traits keep them: short texts, exact numbers, days, and nothing that names a person."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from typing import Any

from compliance.redaction.patterns import redact_patterns

LONGEST_TEXT = 100
# Numbers are kept as whole ten-thousandths: sums of them are exact in whatever order they are added.
SCALE = 10_000
LARGEST = 1e9
_AT_MOST = 2**62
_PLAIN = frozenset({str, int, float, bool})
_MAY_NAME = re.compile(r"@|\d[\d ()./:-]{5,}")


def at_path(document: Any, path: str) -> Iterator[Any]:
    """The values at "products.category" in a document, those of every line where a list lies on the way."""
    if type(value := document.get(path) if type(document) is dict else None) in _PLAIN and "." not in path:
        yield value  # most are so simple
        return
    found = [document]
    for part in path.split("."):
        found = [line for value in found for line in (value if isinstance(value, list) else [value])]
        found = [value.get(part) for value in found if isinstance(value, dict)]
    for value in found:
        if isinstance(value, list):
            yield from (one for one in value if not isinstance(one, list | dict))
        elif value is not None and not isinstance(value, dict):
            yield value


def lines_of(document: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """The document once for each line of the list at `path`, with that line alone in the list's place."""
    name, _, rest = path.partition(".")
    value = document.get(name)
    for line in value if isinstance(value, list) else [value]:
        if isinstance(line, dict):
            inner = lines_of(line, rest) if rest else [line]
            yield from ({**document, name: one} for one in inner)


def text_of(value: Any) -> str | None:
    """A text to keep; None for what is empty or has the form of an address, a card or a phone number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = f"{value:g}" if math.isfinite(value) else ""
    if not isinstance(value, str | int):
        return None
    text = str(value).replace("\x00", "").strip()[:LONGEST_TEXT]
    if not text or (_MAY_NAME.search(text) and redact_patterns(text).found):
        return None
    return text


def number_of(value: Any) -> int | None:
    """Whole ten-thousandths, also of a number in a text; None for what is no finite number up to a thousand million."""
    number = float_of(value)
    return round(number * SCALE) if number is not None and abs(number) <= LARGEST else None


def float_of(value: Any) -> float | None:
    """A finite number, also of a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def day_of(value: Any) -> str | None:
    """ "2026-11-23" of a date or a moment (ISO 8601, or Unix time in seconds or milliseconds), by its UTC day."""
    try:
        if isinstance(value, str) and value[:4].isdigit() and len(value) >= 8:
            moment = dt.datetime.fromisoformat(value.strip()[:40])
        elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > 1e8:
            moment = dt.datetime.fromtimestamp(value / 1000 if abs(value) >= 1e11 else value, dt.UTC)
        else:
            return None
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.date().isoformat()


def held(number: int) -> int:
    """A sum within what JSON's whole numbers carry."""
    return max(-_AT_MOST, min(_AT_MOST, number))
