"""A signed HTTP call to the merchant's or a provider's server, as Standard Webhooks describes it.

Headers: Webhook-Id, Webhook-Timestamp, Webhook-Signature ("v1," and the base64 of HMAC-SHA256 over
"{id}.{timestamp}.{body}"), and Idempotency-Key. The receiver is asked to deliver a key once; so a call whose outcome is
unknown is simply made again with the same key and body.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import httpcore
import httpx
import orjson

from tenants import outbound
from tenants.deadline import CALL_SECONDS, within

from .base import Endpoint, Parcel, Permanent, Receipt, Temporary

kind = "webhook"
label = "Signed webhook"
idempotent = True
channels = ("email", "sms", "push", "web", "webhook")
destination = ("url",)
MOST_ANSWER_BYTES = 16_384
ANSWER_SECONDS = 2.0
# Statuses that ask for patience: time-out, too early, conflict of a call in progress, too many.
_LATER = {408, 409, 425, 429}


def problems(config: Mapping[str, Any], secret: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    try:
        outbound.check(str(config.get("url") or ""))
    except (outbound.Refused, ValueError) as error:
        found.append(("url", f"The address can't be called. {error}"))
    if len(secret.get("secret", "")) < 16:
        found.append(("secret", "The signing secret needs 16 characters at least."))
    return found


def send(parcel: Parcel, endpoint: Endpoint) -> Receipt:
    body = body_of(parcel)
    url = httpx.URL(str(endpoint.config["url"]))
    headers = signed(parcel.key, body, endpoint.secret["secret"])
    try:
        with within(CALL_SECONDS):
            status, said, head = _post(url, body, headers)
    except outbound.Refused as error:
        raise Permanent(f"the address can't be called: {error}") from error
    except outbound.Failed as error:
        raise Temporary(f"the server can't be reached: {error}") from error
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
        raise Temporary(f"the server can't be reached ({type(error).__name__})") from error
    except outbound.BROKEN as error:
        raise Temporary(f"the server can't be reached ({type(error).__name__})", begun=True) from error
    if 200 <= status < 300:
        return Receipt(_reference(head))
    if status in _LATER or status >= 500:
        raise Temporary(f"the server answered {status}", _retry_after(said), begun=True)
    raise Permanent(f"the server answered {status}")


def _post(url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[bytes, bytes], bytes]:
    """(status, headers by lower-case name, what came of the body at once)."""
    with outbound.calling(url, body, headers) as answer:
        said = {name.lower(): value for name, value in answer.headers}
        return answer.status, said, _beginning(answer)


def _beginning(answer: httpcore.Response) -> bytes:
    """The answer's body may name the message. The status has been said: whatever goes wrong here changes nothing."""
    head = b""
    with contextlib.suppress(*outbound.BROKEN), within(ANSWER_SECONDS):
        for chunk in answer.iter_stream():
            head += chunk
            if len(head) > MOST_ANSWER_BYTES:
                break
    return head[:MOST_ANSWER_BYTES]


def body_of(parcel: Parcel) -> bytes:
    return orjson.dumps(
        {
            "type": "message",
            "id": parcel.key,
            "channel": parcel.channel,
            "to": parcel.to or None,
            "shopper": dict(parcel.shopper),
            "subject": parcel.subject,
            "text": parcel.text,
            "html": parcel.html,
            "headers": dict(parcel.headers),
        }
    )


def signed(key: str, body: bytes, secret: str, now: float | None = None) -> dict[str, str]:
    """The headers that prove who calls, and when."""
    timestamp = str(int(now or time.time()))
    digest = hmac.digest(secret.encode(), f"{key}.{timestamp}.".encode() + body, sha256)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Attune",
        "Idempotency-Key": key,
        "Webhook-Id": key,
        "Webhook-Timestamp": timestamp,
        "Webhook-Signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _retry_after(headers: Mapping[bytes, bytes]) -> float | None:
    said = headers.get(b"retry-after", b"").strip()
    return min(float(said), 86_400.0) if said.isdigit() else None


def _reference(head: bytes) -> str:
    try:
        said = orjson.loads(head)
    except orjson.JSONDecodeError:
        return ""
    name = said.get("id") or said.get("message_id") if isinstance(said, dict) else None
    return str(name)[:200] if isinstance(name, str | int) else ""
