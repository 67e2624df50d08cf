"""Links in messages that lead through us: clicks, opens, unsubscribing. Short, signed, and only to what we wrote.

A token is 16 bytes in base64url: the message's number (6), the link's (1), and 9 bytes of an HMAC-SHA256 over tenant,
kind and both. It names no address: where a click leads is read from the message itself, so there is no open redirect.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256

from tenants.crypto import derived_key

CLICK, OPEN, UNSUBSCRIBE = "c", "o", "u"
MOST_LINKS = 255
_ID_BYTES, _MAC_BYTES = 6, 9


def token(tenant_id: int, kind: str, message_id: int, link: int = 0) -> str:
    """22 characters."""
    named = message_id.to_bytes(_ID_BYTES, "big") + bytes([link])
    return base64.urlsafe_b64encode(named + _mac(tenant_id, kind, named)).rstrip(b"=").decode()


def read(tenant_id: int, kind: str, text: str) -> tuple[int, int] | None:
    """(message, link) that a token names; None when it is not ours, of another tenant, or of another kind."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    named, mac = raw[: _ID_BYTES + 1], raw[_ID_BYTES + 1 :]
    if len(raw) != _ID_BYTES + 1 + _MAC_BYTES or not hmac.compare_digest(mac, _mac(tenant_id, kind, named)):
        return None
    return int.from_bytes(named[:_ID_BYTES], "big"), named[_ID_BYTES]


def url(base: str, tenant_id: int, kind: str, message_id: int, link: int = 0) -> str:
    return f"{base}/m/{kind}/{token(tenant_id, kind, message_id, link)}"


def _mac(tenant_id: int, kind: str, named: bytes) -> bytes:
    return hmac.digest(derived_key(f"links:{tenant_id}"), kind.encode() + named, sha256)[:_MAC_BYTES]
