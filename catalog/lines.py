"""One item as a merchant sends it: decoded and checked by msgspec, refused with a code and a sentence.

A field that is left out is not touched; `null` empties one that may be empty.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from .currencies import CODES

MAX_LINE_BYTES = 64_000
MAX_PRICE = Decimal("9999999999.99")
YEARS = range(1990, 2200)

Scalar = str | int | float | bool | None
Attributes = Annotated[dict[str, Scalar | list[Scalar]], Meta(max_length=200)]
Price = Decimal
Availability = Literal["in_stock", "out_of_stock", "preorder", "backorder"]
Instant = Annotated[dt.datetime, Meta(tz=True)]


class BadItem(ValueError):
    """Why an item can't be taken. `code` is stable, the message is for people."""

    def __init__(self, code: str, message: str, item_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.item_id = item_id


class VariantInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    variant_id: Annotated[str, Meta(min_length=1, max_length=100)] | int
    title: Annotated[str, Meta(max_length=200)] = ""
    price: Price | None = None
    available: bool = True
    attributes: Attributes = {}


class ItemInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The fields of the wire. `kind` content and offer are valid from `starts_at` until `ends_at`."""

    item_id: Annotated[str, Meta(min_length=1, max_length=100)] | int
    kind: Literal["product", "content", "offer"] | UnsetType = UNSET
    status: Literal["active", "disabled"] | UnsetType = UNSET
    title: Annotated[str, Meta(min_length=1, max_length=300)] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=20_000)] | UnsetType | None = UNSET
    brand: Annotated[str, Meta(max_length=120)] | UnsetType | None = UNSET
    category: Annotated[str, Meta(max_length=300)] | list[str] | UnsetType | None = UNSET
    price: Price | UnsetType | None = UNSET
    currency: str | UnsetType = UNSET
    availability: Availability | UnsetType = UNSET
    available: bool | UnsetType = UNSET
    banned: bool | UnsetType = UNSET
    age_min: Annotated[int, Meta(ge=0, le=120)] | UnsetType = UNSET
    url: Annotated[str, Meta(max_length=500)] | UnsetType | None = UNSET
    image: Annotated[str, Meta(max_length=500)] | UnsetType | None = UNSET
    attributes: Attributes | UnsetType | None = UNSET
    starts_at: Instant | UnsetType | None = UNSET
    ends_at: Instant | UnsetType | None = UNSET
    variants: Annotated[list[VariantInput], Meta(max_length=500)] | UnsetType = UNSET


class _OnlyId(msgspec.Struct):
    item_id: Any = None


_decoder = msgspec.json.Decoder(ItemInput)
_id_decoder = msgspec.json.Decoder(_OnlyId)
_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]+)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
# An escaped NUL, which Postgres takes neither in text nor in JSON; an escaped backslash before "u0000" is none.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_MISSING = re.compile(r"missing required field `([^`]+)`")


def parse_line(line: bytes) -> ItemInput:
    """The item of one NDJSON line; `BadItem` when it can't be taken."""
    if len(line) > MAX_LINE_BYTES:
        raise too_long(len(line))
    try:
        item = _decoder.decode(line)
    except msgspec.ValidationError as error:
        raise explain(error, _id_of(line)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadItem("invalid_json", f"Not JSON: {error}") from error
    return checked(item)


def too_long(size: int) -> BadItem:
    return BadItem("line_too_long", f"The line has {size:,} bytes; {MAX_LINE_BYTES:,} are the limit.")


def item_of(document: Any) -> ItemInput:
    """The item of a decoded JSON object; `BadItem` when it can't be taken."""
    try:
        return checked(msgspec.convert(document, ItemInput, str_keys=True))
    except msgspec.ValidationError as error:
        raise explain(error, None) from error


def checked(item: ItemInput) -> ItemInput:
    """The item with what types alone can't say: trimmed, normalised, or `BadItem`."""
    item.item_id = str(item.item_id).strip()
    try:
        _check(item)
    except BadItem as error:
        error.item_id = item.item_id[:100]
        raise
    return item


def _check(item: ItemInput) -> None:
    if not item.item_id or len(str(item.item_id)) > 100:
        raise BadItem("invalid_value", "item_id: needs 1 to 100 characters.")
    for name in ("title", "description", "brand", "url", "image"):
        value = getattr(item, name)
        if isinstance(value, str):
            setattr(item, name, value.strip())
    if item.title == "":
        raise BadItem("invalid_value", "title: can't be blank.")
    item.category = category_path(item.category)
    item.price = _price(item.price, "price")
    if isinstance(item.currency, str):
        item.currency = item.currency.upper()
        if item.currency not in CODES:
            raise BadItem("invalid_currency", f"currency: “{item.currency[:20]}” is not an ISO 4217 code.")
    for name in ("starts_at", "ends_at"):
        moment = getattr(item, name)
        if isinstance(moment, dt.datetime) and moment.year not in YEARS:
            raise BadItem("invalid_value", f"{name}: the year must be within 1990 and 2199.")
    if (
        isinstance(item.starts_at, dt.datetime)
        and isinstance(item.ends_at, dt.datetime)
        and item.ends_at <= item.starts_at
    ):
        raise BadItem("invalid_value", "ends_at: must be later than starts_at.")
    _check_availability(item)
    _check_variants(item)
    encoded = msgspec.json.encode(item)
    if b"\\u0000" in encoded and _NUL.search(encoded):
        raise BadItem("invalid_value", "Text may not contain the character U+0000.")


def _check_availability(item: ItemInput) -> None:
    if item.availability is not UNSET:
        said = item.availability != "out_of_stock"
        if item.available is not UNSET and item.available is not said:
            raise BadItem("invalid_value", "availability and available contradict each other.")
        item.available = said
    elif item.available is UNSET and item.variants:
        item.available = any(variant.available for variant in item.variants)


def _check_variants(item: ItemInput) -> None:
    if item.variants is UNSET:
        return
    seen = set()
    for position, variant in enumerate(item.variants):
        variant.variant_id = str(variant.variant_id).strip()
        if not variant.variant_id or len(variant.variant_id) > 100:
            raise BadItem("invalid_value", f"variants[{position}].variant_id: needs 1 to 100 characters.")
        if variant.variant_id in seen:
            raise BadItem("invalid_value", f"variants[{position}].variant_id: repeated within the item.")
        seen.add(variant.variant_id)
        price = _price(variant.price, f"variants[{position}].price")
        variant.price = price if isinstance(price, Decimal) else None


def category_path(value: str | list[str] | UnsetType | None) -> str | UnsetType:
    """ "a>b", "a > b" and ["a", "b"] are the same path: "a > b"."""
    if isinstance(value, UnsetType):
        return value
    parts = (value or "").split(">") if not isinstance(value, list) else value
    path = " > ".join(part.strip() for part in parts if part.strip())
    if isinstance(value, list) and any(">" in part for part in value):
        raise BadItem("invalid_value", "category: a step of the path can't contain “>”.")
    if len(path) > 300:
        raise BadItem("invalid_value", "category: the path has more than 300 characters.")
    return path


def _price(value: Decimal | UnsetType | None, name: str) -> Decimal | UnsetType | None:
    if not isinstance(value, Decimal):
        return value
    if not value.is_finite() or value < 0 or value > MAX_PRICE:
        raise BadItem("invalid_price", f"{name}: must be a number from 0 to {MAX_PRICE:,}.")
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _id_of(line: bytes) -> str | None:
    try:
        item_id = _id_decoder.decode(line).item_id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return str(item_id)[:100] if isinstance(item_id, str | int) else None


def explain(error: msgspec.ValidationError, item_id: str | None) -> BadItem:
    """msgspec's finding in the words of the API."""
    found = _AT.match(str(error))
    what, path = (found["what"], found["path"]) if found else (str(error), None)
    field = (path or "").removeprefix("$").removeprefix(".")
    prefix = f"{field}." if field else ""
    if unknown := _UNKNOWN.search(what):
        return BadItem("unknown_field", f"{prefix}{unknown[1]}: there is no such field.", item_id)
    if missing := _MISSING.search(what):
        return BadItem("missing_field", f"{prefix}{missing[1]}: is required.", item_id)
    code = "invalid_price" if field.endswith("price") else "invalid_value"
    sentence = what[:1].lower() + what[1:]
    return BadItem(code, f"{field or 'line'}: {sentence}.", item_id)
