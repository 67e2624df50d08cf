"""AWS Signature Version 4, for one request whose body's hash is known.

Method: "Authenticating Requests (AWS Signature Version 4)", Amazon S3 API Reference. Tests compare it with botocore's.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import quote

EMPTY = sha256(b"").hexdigest()


def encoded_path(path: str) -> str:
    """A path as it is both sent and signed: S3 encodes it once, and leaves slashes."""
    return quote(path, safe="/-_.~")


def sign(
    method: str,
    host: str,
    path: str,
    *,
    access_key: str,
    secret_key: str,
    region: str,
    body_sha256: str = EMPTY,
    now: dt.datetime,
) -> dict[str, str]:
    """The headers that prove who calls; `path` already encoded, without a query. `now` in UTC."""
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    signed: Mapping[str, str] = {"host": host, "x-amz-content-sha256": body_sha256, "x-amz-date": moment}
    names = ";".join(signed)
    canonical = "\n".join(
        [method, path, "", *(f"{name}:{value}" for name, value in signed.items()), "", names, body_sha256]
    )
    granted = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, granted, sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), sha256)
    signature = hmac.new(key, text.encode(), sha256).hexdigest()
    return {
        "x-amz-content-sha256": body_sha256,
        "x-amz-date": moment,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={access_key}/{granted}, SignedHeaders={names}, Signature={signature}",
    }
