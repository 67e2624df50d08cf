"""A file at an https address, also behind a redirect; a link that is signed is as good as any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import unquote

import httpcore
import httpx

from tenants import outbound
from tenants.connectors.base import Field, Trouble
from tenants.deadline import within

from .base import Opened, opened

MOST_REDIRECTS = 4
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class WebFile:
    """`authorization`: the header of that name, for the address itself and nobody that it redirects to."""

    url: str
    authorization: str = field(default="", repr=False)

    key: ClassVar[str] = "web"
    label: ClassVar[str] = "An https address"
    about: ClassVar[str] = (
        "A link to the file: of another system's export, of a share, or one that you signed."
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field("url", "Address", "url", secret=True, help="https://… of the file itself"),
        Field(
            "authorization",
            "Authorization",
            "password",
            secret=True,
            required=False,
            help="Only if the address asks for it, such as Bearer …",
        ),
    )

    @property
    def shown(self) -> str:
        return httpx.URL(self.url).host

    @property
    def name(self) -> str:
        return unquote(httpx.URL(self.url).path.rstrip("/").rpartition("/")[2]) or self.shown

    def problems(self) -> list[tuple[str, str]]:
        found = []
        try:
            outbound.check(self.url)
            httpx.URL(self.url)
        except (outbound.Refused, httpx.InvalidURL) as error:
            found.append(("url", str(error) or "It is not an address that can be called."))
        if len(self.url) > 4000:
            found.append(("url", "The address is too long."))
        if any(c in "\r\n" or not c.isascii() for c in self.authorization):
            found.append(("authorization", "A header holds letters, digits and marks on one line."))
        return found

    @contextmanager
    def open(self, start: int, tag: str, seconds: float) -> Iterator[Opened]:
        url = httpx.URL(self.url)
        ranged = start and tag
        headers = {"Range": f"bytes={start if ranged else 0}-", "Accept-Encoding": "identity"}
        if ranged:
            headers["If-Range"] = tag
        try:
            with within(seconds):
                for _ in range(MOST_REDIRECTS):
                    own = url.host == httpx.URL(self.url).host and url.scheme == httpx.URL(self.url).scheme
                    secret = {"Authorization": self.authorization} if own and self.authorization else {}
                    with outbound.calling(url, b"", {**headers, **secret}, method="GET") as answer:
                        if answer.status not in _REDIRECTS:
                            _judge(answer)
                            yield opened(answer, start)
                            return
                        url = url.join(_header(answer, b"location").decode("latin-1"))
                raise Trouble("The address redirects again and again.", permanent=True)
        except (outbound.Refused, httpx.InvalidURL) as error:
            raise Trouble(f"The address can't be called. {error}", permanent=True) from error
        except outbound.Failed as error:
            raise Trouble(f"The server can't be reached. {error}") from error
        except outbound.BROKEN as error:
            raise Trouble(f"The server can't be reached. {outbound.broke(error)}") from error


def _judge(answer: httpcore.Response) -> None:
    status = answer.status
    if status in (200, 206):
        return
    if status in (401, 403):
        raise Trouble(
            f"The address refuses ({status}): it asks for a key, or the link has expired.", settings=True
        )
    if status in (404, 410):
        raise Trouble(f"There is no file at the address ({status}).", settings=True)
    if status in (408, 425, 429) or status >= 500:
        after = _header(answer, b"retry-after")
        raise Trouble(f"The server answered {status}.", retry_after=float(after) if after.isdigit() else None)
    raise Trouble(f"The server answered {status}.", permanent=True)


def _header(answer: httpcore.Response, name: bytes) -> bytes:
    return next((value for key, value in answer.headers if key.lower() == name), b"")
