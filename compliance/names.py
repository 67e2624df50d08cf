"""Under which keyed hashes a person is refused: whatever their names are sent as, however their addresses are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tenants.crypto import blind_index

# Traits that hold a way to reach somebody → its kind.
ADDRESS_TRAITS = {
    "email": "email",
    "email_address": "email",
    "phone": "phone",
    "phone_number": "phone",
    "mobile": "phone",
}
# What an id may be called in an event: a visitor's may come back as a user's, and the other way round.
_SENT_AS = ("user_id", "anonymous_id")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{5,30}")


def address_form(kind: str, value: str) -> str:
    """The one way in which an address is hashed: e-mail in lower case, of a phone number the digits, 00 in front as +."""
    text = value.strip().lower()
    return re.sub(r"[^0-9]", "", text).removeprefix("00") if kind == "phone" else text


def address_blind(tenant_id: int, value: str) -> bytes | None:
    """The hash under which `value` is refused as an e-mail address or a phone number; None when it is neither."""
    text = value.strip()
    if len(text) <= 320:
        for kind, pattern in (("email", _EMAIL), ("phone", _PHONE)):
            if pattern.fullmatch(text):
                return blind_index(tenant_id, kind, address_form(kind, text))
    return None


def address_row(tenant_id: int, kind: str, value: Any) -> tuple[str, bytes] | None:
    """(kind, hash) under which an address that was said as `kind` is kept and found; None for what is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    for other, pattern in (("email", _EMAIL), ("phone", _PHONE)):
        if pattern.fullmatch(text):
            kind = other
            break
    form = address_form(kind, text)
    return (kind, blind_index(tenant_id, kind, form)) if form and len(text) <= 320 else None


def address_in_id(tenant_id: int, kind: str, value: str) -> tuple[str, bytes] | None:
    """The same of an identifier; None for one that is no address. Digits alone are an id like any other."""
    text = value.strip()
    if kind in ("email", "phone") or _is_address(text):
        return address_row(tenant_id, kind, text)
    return None


def may_be_address(value: str) -> bool:
    """Cheap, for every event: whether an identifier could be an address, so that its other spellings matter."""
    return "@" in value or value.startswith(("+", "00"))


def _is_address(text: str) -> bool:
    if _EMAIL.fullmatch(text):
        return True
    # 0049 30 … is dialled; 00491234 is an article's or a customer's number like any other.
    dialled = text.startswith("00") and not text.isdigit()
    return (dialled or text.startswith("+")) and _PHONE.fullmatch(text) is not None


def forms(tenant_id: int, kind: str, value: str) -> set[bytes]:
    """The hashes under which this identifier is refused when its person was erased, however it is written now."""
    text = value.strip()
    found = {blind_index(tenant_id, kind, form) for form in ({text, text.lower()} if "@" in text else {text})}
    row = address_in_id(tenant_id, kind, text)
    return found | {row[1]} if row else found


def refusals(tenant_id: int, names: Iterable[tuple[str, str]]) -> set[bytes]:
    """Every hash under which the (kind, value) of a person could come again."""
    found = set()
    for kind, value in names:
        text = value.strip()
        forms = {text, text.lower()} if "@" in text else {text}
        found |= {blind_index(tenant_id, k, form) for k in (*_SENT_AS, kind) for form in forms}
        if kind == "phone" or _is_address(text):
            blind = address_blind(tenant_id, text)
            found |= {blind} if blind else set()
    return found


def addresses_in(tenant_id: int, documents: Iterable[Any]) -> dict[str, bytes]:
    """E-mail addresses and phone numbers in `documents`, as written → the hash under which each would be refused."""
    said = {text for document in documents if document for text in texts_in(document)}
    found = ((text, address_blind(tenant_id, text)) for text in said)
    return {text: blind for text, blind in found if blind is not None}


def texts_in(value: Any) -> Iterator[str]:
    """Every text and whole number of a document, at any depth."""
    if isinstance(value, dict):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in(part)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)


def without(value: Any, erased: set[str]) -> Any:
    """The document without the members and entries whose text is in `erased`."""
    if isinstance(value, dict):
        return {name: without(part, erased) for name, part in value.items() if not _is_in(part, erased)}
    if isinstance(value, list):
        return [without(part, erased) for part in value if not _is_in(part, erased)]
    return value


def _is_in(value: Any, erased: set[str]) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and str(value) in erased
