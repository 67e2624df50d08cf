"""A signed HTTP call to the merchant's or a provider's server, as Standard Webhooks describes it.

Headers: Webhook-Id, Webhook-Timestamp, Webhook-Signature ("v1," and the base64 of HMAC-SHA256 over
"{id}.{timestamp}.{body}"), and Idempotency-Key. The receiver is asked to deliver a key once; so a call whose outcome is
unknown is simply made again with the same key and body.
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import httpx
import orjson

from tenants import outbound

from .base import Endpoint, Parcel, Permanent, Receipt, Temporary

kind = "webhook"
label = "Signed webhook"
idempotent = True
channels = ("email", "sms", "push", "web", "webhook")
TIMEOUT = httpx.Timeout(10.0, connect=3.0)
MOST_ANSWER_BYTES = 16_384
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
    try:
        port = url.port or (443 if url.scheme == "https" else 80)
        outbound.check(str(url))
        address = outbound.public_address(url.host, port)
        pool = client(url.host)
        request = pool.build_request(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers={"Host": url.netloc.decode(), **signed(parcel.key, body, endpoint.secret["secret"])},
            extensions={"sni_hostname": url.host},
        )
        answer = pool.send(request, stream=True)
        try:
            head = next(answer.iter_bytes(MOST_ANSWER_BYTES), b"")
        finally:
            answer.close()
    except outbound.Refused as error:
        raise Permanent(f"the address can't be called: {error}") from error
    except outbound.Failed as error:
        raise Temporary(f"the server can't be reached: {error}") from error
    except (OSError, httpx.HTTPError) as error:
        raise Temporary(f"the server can't be reached ({type(error).__name__})") from error
    if answer.is_success:
        return Receipt(_reference(head))
    if answer.status_code in _LATER or answer.status_code >= 500:
        raise Temporary(f"the server answered {answer.status_code}", _retry_after(answer))
    raise Permanent(f"the server answered {answer.status_code}")


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


@lru_cache(maxsize=64)
def client(host: str) -> httpx.Client:
    """A pool of connections for each host name: connections are kept by address, and certificates belong to names.

    Redirects are not followed and proxies of the environment not used: both would lead around the guard.
    """
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False)


def _retry_after(answer: httpx.Response) -> float | None:
    said = answer.headers.get("Retry-After", "")
    return min(float(said), 86_400.0) if said.isdigit() else None


def _reference(head: bytes) -> str:
    try:
        said = orjson.loads(head)
    except orjson.JSONDecodeError:
        return ""
    name = said.get("id") or said.get("message_id") if isinstance(said, dict) else None
    return str(name)[:200] if isinstance(name, str | int) else ""
