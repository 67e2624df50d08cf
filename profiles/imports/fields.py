"""What a column can mean, and which meaning its name suggests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .models import Import

EVENTS, ORDERS, PROFILES = Import.Kind.EVENTS, Import.Kind.ORDERS, Import.Kind.PROFILES
EVERY = (EVENTS, ORDERS, PROFILES)


@dataclass(frozen=True)
class Field:
    """`names`: how files call it, folded (see `folded`). `kinds`: the imports that know it."""

    name: str
    label: str
    kinds: tuple[str, ...]
    names: tuple[str, ...] = ()


FIELDS: tuple[Field, ...] = (
    Field("user_id", "User id", EVERY, ("userid", "customerid", "customer", "clientid", "memberid", "kundennummer",
          "shopperid", "householdkey", "householdid", "contactid", "accountid")),
    Field("anonymous_id", "Anonymous id", (EVENTS, PROFILES), ("anonymousid", "visitorid", "cookieid", "deviceid",
          "sessionuserid", "userpseudoid")),
    Field("timestamp", "Time", EVERY, ("timestamp", "time", "at", "datetime", "date", "eventtime", "occurredat",
          "originaltimestamp", "createdat", "when", "eventdate", "ts", "zeitpunkt", "orderdate", "purchasedate", "transactiontimestamp", "paidat", "datum",
          "processedat", "updatedat", "signupdate", "eventtimestamp", "receivedat")),
    Field("event", "Event name", (EVENTS,), ("event", "eventname", "action", "activity", "eventtype", "kind")),
    Field("type", "Type (track, page, identify …)", (EVENTS,), ("type", "calltype", "messagetype")),
    Field("message_id", "Message id", EVERY, ("messageid", "eventid", "insertid")),
    Field("email", "E-mail", EVERY, ("email", "emailaddress", "mail", "customeremail")),
    Field("phone", "Phone", EVERY, ("phone", "phonenumber", "mobile", "telephone", "telefon")),
    Field("product_id", "Product id", (EVENTS, ORDERS), ("productid", "itemid", "sku", "lineitemsku", "articleid",
          "article", "upc", "ean", "stockcode", "variantsku", "product", "artikelnummer")),
    Field("quantity", "Quantity", (EVENTS, ORDERS), ("quantity", "qty", "units", "lineitemquantity", "menge", "count")),
    Field("price", "Price of one piece", (EVENTS, ORDERS), ("price", "unitprice", "lineitemprice", "preis")),
    Field("line_total", "Price of the line", (EVENTS, ORDERS), ("linetotal", "salesvalue", "subtotalline", "linevalue",
          "value", "sales")),
    Field("order_id", "Order id", (EVENTS, ORDERS), ("orderid", "order", "ordernumber", "orderno", "basketid", "invoice",
          "invoiceno", "transactionid", "bestellnummer", "checkoutid")),
    Field("total", "Total of the order", (EVENTS, ORDERS), ("total", "ordertotal", "revenue", "grandtotal", "summe")),
    Field("currency", "Currency", (EVENTS, ORDERS), ("currency", "currencycode", "waehrung")),
    Field("store_id", "Store number", (EVENTS, ORDERS), ("storeid", "store", "shopnumber", "branch", "filiale")),
    Field("channel", "Channel", (EVENTS, ORDERS), ("channel", "source", "saleschannel", "platform")),
    Field("properties", "All properties (JSON)", (EVENTS,), ("properties", "eventproperties", "props", "params")),
    Field("traits", "All traits (JSON)", (EVENTS, PROFILES), ("traits", "userproperties", "attributes")),
    Field("context", "Context (JSON)", (EVENTS,), ("context",)),
)  # fmt: skip

# Columns that are something of the event or of the person by their own name: "properties.colour", "traits.city".
FREE = {"properties": (EVENTS, ORDERS), "traits": EVERY}
# What these names mean depends on what the lines are.
_OF_KIND: dict[tuple[str, str], str] = {
    (PROFILES, "id"): "user_id",
    (ORDERS, "id"): "order_id",
    (ORDERS, "name"): "order_id",
    (EVENTS, "id"): "message_id",
}
_BY_NAME = {field.name: field for field in FIELDS}
_PREFIX = re.compile(r"^(properties|traits|context_traits|context)[._](.+)$", re.IGNORECASE)


def fields_for(kind: str) -> list[Field]:
    return [field for field in FIELDS if kind in field.kinds]


def folded(name: str) -> str:
    """A column's name without case, blanks and marks: "Customer-ID" → "customerid"."""
    return re.sub(r"[^a-z0-9]", "", name.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue"))


def is_known(meaning: str, kind: str) -> bool:
    if meaning in _BY_NAME:
        return kind in _BY_NAME[meaning].kinds
    group, _, rest = meaning.partition(".")
    return bool(rest.strip()) and kind in FREE.get(group, ())


def suggest(columns: Iterable[str], kind: str) -> dict[str, str]:
    """Column → field: by its name where that says it, else a property of the event or a trait of the person.

    Each field is given once, to the column whose name stands first among the names that the field is known by.
    """
    columns = list(columns)
    found: dict[str, str] = {}
    for field in fields_for(kind):
        ranked = [
            (rank, c) for c in columns if c not in found and (rank := _rank(field, c, kind)) is not None
        ]
        if ranked:
            found[min(ranked)[1]] = field.name
    for column in columns:
        found.setdefault(column, _free(column, kind))
    return {column: found[column] for column in columns}


def _rank(field: Field, column: str, kind: str) -> int | None:
    name = folded(column)
    if name in field.names:
        return field.names.index(name)
    return len(field.names) if _OF_KIND.get((kind, name)) == field.name else None


def _free(column: str, kind: str) -> str:
    prefixed = _PREFIX.match(column)
    group = "traits" if kind == PROFILES else "properties"
    if prefixed:
        said = "traits" if "traits" in prefixed[1].lower() else prefixed[1].lower()
        if said in FREE and kind in FREE[said]:
            return f"{said}.{prefixed[2]}"
    name = re.sub(r"\W+", "_", column.strip()).strip("_").lower()
    return f"{group}.{name}" if name else ""


def missing(mapping: dict[str, str], kind: str, *, event: str = "", as_of: str = "") -> list[str]:
    """What has to be mapped before anything can be taken, as sentences for people."""
    given = set(mapping.values())
    problems = []
    if not given & ({"user_id", "anonymous_id"} if kind != ORDERS else {"user_id"}):
        problems.append("Say which column is the user id: without one nobody knows whose a line is.")
    if "timestamp" not in given and not (kind == PROFILES and as_of):
        problems.append("Say which column is the time: history has to land where it happened.")
    if kind == EVENTS and not given & {"event", "type"} and not event:
        problems.append("Say which column is the event's name, or give one name for all lines.")
    if kind == ORDERS:
        problems += [
            f"Say which column is the {what}."
            for name, what in (("order_id", "order id"), ("product_id", "product id"))
            if name not in given
        ]
    twice = sorted(
        {_BY_NAME[m].label for m in given if m in _BY_NAME and list(mapping.values()).count(m) > 1}
    )
    return problems + [f"“{label}” is given to two columns." for label in twice]
