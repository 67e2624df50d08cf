"""What a rule must look like, whoever writes it: the API, the console."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=300)]
Instant = Annotated[dt.datetime, Meta(tz=True)]
YEARS = range(1990, 2200)
MAX_WEIGHT = 1000
MAX_POSITION = 100


class BadRule(ValueError):
    """Why a rule can't be kept; `field` is the one to mend."""

    def __init__(self, field: str, message: str, code: str = "invalid_rule") -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.code = code


class Match(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """All conditions given must hold; within a list one is enough."""

    item_ids: Annotated[list[Name], Meta(max_length=5000)] = []
    categories: Annotated[list[Name], Meta(max_length=500)] = []
    brands: Annotated[list[Name], Meta(max_length=500)] = []
    price_min: float | None = None
    price_max: float | None = None


class RuleForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`placement`: its key, or none for everywhere. `position` is for pins, `weight` for boosts and buries."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    action: Literal["pin", "boost", "bury", "filter", "exclude"]
    match: Match
    position: Annotated[int, Meta(ge=1, le=MAX_POSITION)] = 1
    weight: float = 2.0
    placement: str | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    enabled: bool = True


def form_of(document: Any) -> RuleForm:
    """The checked rule of a JSON document; `BadRule` otherwise."""
    try:
        form = msgspec.convert(document, RuleForm)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$.")
        raise BadRule(path.rstrip("`"), what[:1].lower() + what[1:] + ".") from error
    check(form)
    return form


def match_of(document: Any) -> dict[str, Any]:
    """The checked conditions of a rule; `BadRule` otherwise."""
    try:
        match = msgspec.convert(document, Match)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$.")
        raise BadRule(
            f"match.{path.rstrip('`')}" if path else "match", what[:1].lower() + what[1:] + "."
        ) from error
    check_match(match)
    return stored(match)


def check(form: RuleForm) -> None:
    form.name = form.name.strip()
    if not form.name or "\x00" in form.name:
        raise BadRule("name", "needs 1 to 120 characters.")
    if not math.isfinite(form.weight) or not 0 < form.weight <= MAX_WEIGHT:
        raise BadRule("weight", f"must be above 0 and at most {MAX_WEIGHT}.")
    for field in ("starts_at", "ends_at"):
        moment = getattr(form, field)
        if moment is not None and moment.year not in YEARS:
            raise BadRule(field, "the year must be within 1990 and 2199.")
    if form.starts_at and form.ends_at and form.ends_at <= form.starts_at:
        raise BadRule("ends_at", "must be later than starts_at.")
    if form.action == "pin" and not form.match.item_ids:
        raise BadRule("match.item_ids", "a pin names the items that it pins.")
    if form.action == "pin" and len(form.match.item_ids) > MAX_POSITION:
        raise BadRule("match.item_ids", f"at most {MAX_POSITION} items can be pinned by a rule.")
    check_match(form.match)


def check_match(match: Match) -> None:
    if not stored(match):
        raise BadRule("match", "needs at least one condition, or it would match nothing.")
    for field in ("price_min", "price_max"):
        price = getattr(match, field)
        if price is not None and (not math.isfinite(price) or price < 0):
            raise BadRule(f"match.{field}", "must be a number of zero or more.")
    if match.price_min is not None and match.price_max is not None and match.price_max < match.price_min:
        raise BadRule("match.price_max", "must not be below price_min.")
    for field in ("item_ids", "categories", "brands"):
        if any("\x00" in value or not value.strip() for value in getattr(match, field)):
            raise BadRule(f"match.{field}", "a value is blank.")
    match.categories = [" > ".join(step.strip() for step in c.split(">")) for c in match.categories]


def stored(match: Match) -> dict[str, Any]:
    """The conditions given, as the rule keeps them."""
    return {
        name: value for name in match.__struct_fields__ if (value := getattr(match, name)) not in (None, [])
    }


def as_money(value: float) -> Decimal:
    """A price condition as the database compares it, exactly as columns in memory do."""
    return Decimal(repr(float(value)))
