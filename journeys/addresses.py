"""Where a shopper can be reached by a channel, and the keyed hash under which an address is suppressed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compliance.names import ADDRESS_TRAITS, address_form
from tenants.crypto import blind_index

# Channel → traits that hold the address, the first that says something wins.
KINDS = {"email": "email", "sms": "phone"}
TRAITS = {
    # The same that erasures and verification know, or a message could go where they don't look.
    **{
        channel: tuple(trait for trait, kind in ADDRESS_TRAITS.items() if kind == wanted)
        for channel, wanted in KINDS.items()
    },
    "push": ("push_token", "device_token"),
}
# No space, one @, a dot in the domain (RFC 5321's limits); the provider knows the rest.
_EMAIL = re.compile(r"[^@\s<>,;\"\x00-\x1f]{1,64}@(?=[^@]{4,253}$)([a-zA-Z0-9-]{1,63}\.)+[a-zA-Z0-9-]{2,63}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,24}")


def address_of(channel: str, traits: Mapping[str, Any], names: Iterable[tuple[str, str]]) -> str:
    """The shopper's address for the channel; "" when none is known. `names`: (kind, value) of identifiers.

    Web messages and webhooks need none: their address is the shopper.
    """
    return next(addresses_of(channel, traits, names), "")


def addresses_of(channel: str, traits: Mapping[str, Any], names: Iterable[tuple[str, str]]) -> Iterator[str]:
    """All that are known, the one that messages go to first."""
    for trait in TRAITS.get(channel, ()):
        value = traits.get(trait)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            yield str(value).strip()
    kind = KINDS.get(channel)
    yield from (value for known, value in names if kind and known == kind)


def needs_address(channel: str) -> bool:
    return channel in TRAITS


def problem_with(channel: str, address: str) -> str:
    """Why nothing can be sent there; "" when it looks right."""
    if channel == "email" and not _EMAIL.fullmatch(address):
        return "the e-mail address on file is not valid"
    if channel == "sms" and not _PHONE.fullmatch(address):
        return "the phone number on file is not valid"
    return ""


def blind_of(tenant_id: int, channel: str, address: str) -> bytes:
    """16 bytes that find the address in the suppression list, however it is written."""
    kind = KINDS.get(channel, channel)
    return blind_index(tenant_id, kind, address_form(kind, address))
