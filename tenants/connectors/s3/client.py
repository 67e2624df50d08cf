"""A bucket: put, get and delete objects. Never the machine's own credentials, never its own network.

pyarrow's and boto's clients resolve names themselves, look for credentials of the machine when given none, and on Linux
pyarrow's has no time-out that could be set: a tenant names the address here, so calls go through tenants.outbound.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO

import httpcore
import httpx

from ... import outbound
from ...deadline import within
from ..base import Trouble
from .signature import EMPTY, encoded_path, sign

# Small calls, and those that carry a file: at least 200 kB/s.
SECONDS = 20.0
SLOWEST_BYTES_A_SECOND = 200_000
# One PUT takes no more.
MOST_BYTES = 5 * 1024**3
MOST_ERROR_BYTES = 16_384
_CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,60})</Code>")
# What somebody has to change, there or here.
_SETTINGS = {
    "AccessDenied": "The storage refuses: the key may not do this in the bucket.",
    "AllAccessDisabled": "The storage refuses: access to the bucket is disabled.",
    "InvalidAccessKeyId": "The storage does not know this access key.",
    "SignatureDoesNotMatch": "The secret key does not fit the access key.",
    "NoSuchBucket": "There is no such bucket.",
    "PermanentRedirect": "The bucket is in another region.",
    "AuthorizationHeaderMalformed": "The bucket is in another region.",
    "TemporaryRedirect": "The bucket is in another region.",
    "InvalidBucketName": "This can't be a bucket's name.",
    "RequestTimeTooSkewed": "This machine's clock and the storage's are too far apart.",
}


class _Changed(Trouble):
    """The object is not the version that was asked for."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`endpoint`: scheme and host of another provider, "" for AWS. `virtual_host`: the bucket stands in the host name."""

    name: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    endpoint: str = ""
    virtual_host: bool = False

    @property
    def base(self) -> str:
        """Address under which the keys stand."""
        root = httpx.URL(self.endpoint or f"https://s3.{self.region}.amazonaws.com")
        if self.virtual_host or not self.endpoint:
            return f"{root.scheme}://{self.name}.{root.netloc.decode()}"
        return f"{root.scheme}://{root.netloc.decode()}/{self.name}"

    def put(self, key: str, content: IO[bytes]) -> int:
        """Store the rest of the file under the key, at once or not at all; its bytes."""
        start = content.tell()
        digest, size = sha256(), 0
        while piece := content.read(outbound.PIECE):
            digest.update(piece)
            size += len(piece)
        if size > MOST_BYTES:
            raise Trouble("The file is larger than storage takes at once.", permanent=True)
        content.seek(start)
        with self._call("PUT", key, content, size, digest.hexdigest()):
            return size

    def get(self, key: str, into: IO[bytes]) -> bool:
        """Copy the object into the file; False when there is none."""
        with self._call("GET", key, missing_is_fine=True, seconds=600.0) as answer:
            if answer.status == 404:
                return False
            for piece in answer.iter_stream():
                into.write(piece)
        return True

    @contextmanager
    def read(self, key: str, start: int, tag: str, seconds: float) -> Iterator[httpcore.Response]:
        """The object's answer from byte `start` on, its body not read yet; from its beginning when it is not the version
        `tag` (an ETag) any more. "" for whichever there is."""
        wanted = {"Range": f"bytes={start}-"} if start else {"Range": "bytes=0-"}
        try:
            with self._call(
                "GET", key, seconds=seconds, extra={**wanted, **({"If-Match": tag} if tag else {})}
            ) as answer:
                yield answer
                return
        except _Changed:
            pass
        with self._call("GET", key, seconds=seconds, extra={"Range": "bytes=0-"}) as answer:
            yield answer

    def delete(self, key: str) -> None:
        """Delete the object, if it is there."""
        with self._call("DELETE", key, missing_is_fine=True):
            return

    @contextmanager
    def _call(
        self,
        method: str,
        key: str,
        body: IO[bytes] | bytes = b"",
        size: int = 0,
        digest: str = EMPTY,
        *,
        missing_is_fine: bool = False,
        seconds: float | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Iterator[httpcore.Response]:
        try:
            url = httpx.URL(f"{self.base}/{encoded_path(key)}")
            headers = sign(
                method,
                url.netloc.decode(),
                url.raw_path.decode(),
                access_key=self.access_key,
                secret_key=self.secret_key,
                region=self.region,
                body_sha256=digest,
                now=dt.datetime.now(dt.UTC),
            )
            with (
                within((SECONDS if seconds is None else seconds) + size / SLOWEST_BYTES_A_SECOND),
                outbound.calling(
                    url, body, {**headers, **(extra or {})}, method=method, length=size
                ) as answer,
            ):
                if not 200 <= answer.status < 300:
                    _judge(answer, missing_is_fine)
                yield answer
        except (outbound.Refused, httpx.InvalidURL) as error:
            raise Trouble(f"The storage can't be called. {error}", settings=True) from error
        except outbound.Failed as error:
            raise Trouble(f"The storage can't be reached. {error}") from error
        except outbound.BROKEN as error:
            raise Trouble(f"The storage can't be reached. {outbound.broke(error)}") from error


def _judge(answer: httpcore.Response, missing_is_fine: bool) -> None:
    """Raise what the answer means; a missing object is fine where the caller says so."""
    said = b""
    for piece in answer.iter_stream():
        said += piece
        if len(said) > MOST_ERROR_BYTES:
            break
    found = _CODE.search(said)
    code = found.group(1).decode() if found else ""
    if code in _SETTINGS:
        raise Trouble(_SETTINGS[code], settings=True)
    if answer.status == 404 and missing_is_fine:
        return
    if answer.status == 404:
        raise Trouble("There is no such file in the bucket.", settings=True)
    if answer.status == 412:
        raise _Changed("The file is another one by now.")
    after = dict(answer.headers).get(b"retry-after", b"")
    if answer.status in (408, 409, 425, 429) or answer.status >= 500:
        raise Trouble(
            f"The storage answered {answer.status}{f' ({code})' if code else ''}.",
            retry_after=float(after) if after.isdigit() else None,
        )
    raise Trouble(f"The storage refuses with {answer.status}{f' ({code})' if code else ''}.", settings=True)
