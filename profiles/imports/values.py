"""Times and numbers as people's files write them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import parser as dates

from .layout import Layout

_MILLISECONDS_FROM = 1e11
_EPOCH = re.compile(r"-?\d{9,13}(\.\d+)?")
# A day with its year has to be there: what fills gaps with today would invent a history.
_WITH_YEAR = re.compile(r"\d{4}|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")
_AROUND = re.compile(r"[\s'’€$£¥]|\b[A-Z]{3}\b")
# Abbreviations of zones mean different ones in different countries; only these are clear.
_ZONES = {"UTC": 0, "GMT": 0, "Z": 0}


class BadValue(ValueError):
    """The value can't be read; the message says what was expected, and never the value itself."""


def moment(value: Any, layout: Layout) -> dt.datetime:
    """A time in UTC, from ISO 8601, Unix seconds or milliseconds, or a written date in the layout's order.

    What names no zone is in the layout's. Raises `BadValue`.
    """
    if isinstance(value, dt.datetime):
        return _in_utc(value, layout)
    if isinstance(value, dt.date):
        return _in_utc(dt.datetime.combine(value, dt.time()), layout)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_unix(float(value))
    text = str(value or "").strip()
    if not text:
        raise BadValue("The line has no time.")
    if _EPOCH.fullmatch(text):
        return _from_unix(float(text))
    return _in_utc(_written(text, layout), layout)


def _written(text: str, layout: Layout) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        pass
    if not _WITH_YEAR.search(text):
        raise BadValue("The time can't be read: a date with its year was expected.")
    year_first = layout.date_order == "ymd"
    try:
        return dates.parse(
            text, dayfirst=layout.date_order == "dmy", yearfirst=year_first, tzinfos=_ZONES, default=_MIDNIGHT
        )
    except (dates.ParserError, OverflowError, ValueError) as error:
        raise BadValue("The time can't be read. Is the order of day and month right?") from error


_MIDNIGHT = dt.datetime(2000, 1, 1)


def _from_unix(value: float) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS_FROM else value, dt.UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadValue("The time can't be read: the number is no Unix time.") from error


def _in_utc(at: dt.datetime, layout: Layout) -> dt.datetime:
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone(layout.time_zone))
    try:
        return at.astimezone(dt.UTC)
    except OverflowError as error:
        raise BadValue("The time can't be read: no calendar goes so far.") from error


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def number(value: Any, layout: Layout, what: str) -> float | None:
    """ "1.234,50 €" → 1234.5 with a decimal comma; None for nothing. Raises `BadValue`."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return float(value)
    text = _AROUND.sub("", str(value))
    text = text.replace(".", "").replace(",", ".") if layout.decimal == "," else text.replace(",", "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise BadValue(f"The {what} is no number. Is the decimal mark right?") from error


def free(value: Any, layout: Layout) -> Any:
    """A property as it is meant: numbers and yes/no out of text; an id with a leading zero stays text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if not isinstance(value, str):
        return value
    text = value.strip()
    plain = text.replace(".", "").replace(",", ".") if layout.decimal == "," and "," in text else text
    if _NUMBER.fullmatch(plain):
        return float(plain) if "." in plain else int(plain)
    return {"true": True, "false": False}.get(text.lower(), text)
