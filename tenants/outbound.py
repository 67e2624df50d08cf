"""Calls to addresses that a tenant named: never into our own network, with short time-outs.

The name is resolved once, every address it has must be public, and the connection goes to one of those: a name that
changes its mind between the check and the call gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import IO
from urllib.parse import urlsplit

import httpcore
import httpx
from django.conf import settings

from .deadline import CALL_SECONDS, Backend, within

TIMEOUTS = {"connect": 3.0, "read": 10.0, "write": 10.0, "pool": 3.0}
# Bytes of a file that are sent at once.
PIECE = 1 << 18
# What a call may end with, besides an answer.
BROKEN = (OSError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


def broke(error: Exception) -> str:
    """What one of `BROKEN` means to whoever gave the address."""
    if isinstance(error, TimeoutError | httpcore.TimeoutException):
        return "It did not answer in time."
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "Its certificate is not one that can be trusted."
    if isinstance(error, ConnectionRefusedError | httpcore.ConnectError):
        return "It takes no connection there."
    return "It broke the connection off."


class Refused(Exception):
    """The address may not be called; the message says why."""


class Failed(Exception):
    """The call did not succeed. `permanent`: trying again is useless."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


def check(url: str) -> None:
    """Raises `Refused` for an address that no call may ever go to, without resolving names."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:  # a port that there can't be, brackets that don't close
        raise Refused("It is not an address that can be called.") from error
    if port == 0:
        raise Refused("It is not an address that can be called.")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Refused("It must be an https address.")
    if parts.scheme != "https" and not settings.OUTBOUND_TO_OWN_NETWORK:
        raise Refused("It must be an https address.")
    if parts.username or parts.password:
        raise Refused("It must not hold a password.")


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer when it is 2xx; raises `Refused` or `Failed`."""
    try:
        with within(CALL_SECONDS), calling(httpx.URL(url), body, headers) as answer:
            status = answer.status
    except httpx.InvalidURL as error:
        raise Refused("It is not an address that can be called.") from error
    except (*BROKEN, ValueError) as error:
        raise Failed(f"{type(error).__name__}") from error
    if 200 <= status < 300:
        return status
    permanent = 300 <= status < 500 and status not in (408, 425, 429)
    raise Failed(f"It answered {status}.", permanent=permanent)


@contextlib.contextmanager
def calling(
    url: httpx.URL,
    body: bytes | IO[bytes],
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    length: int | None = None,
) -> Iterator[httpcore.Response]:
    """A call whose answer has begun; its body is not read. Put it inside `deadline.within`.

    `body` may be a file, read from where it stands, of `length` bytes. Raises `Refused`, `Failed`, or one of `BROKEN`.
    """
    check(str(url))
    port = url.port or (443 if url.scheme == "https" else 80)
    address = public_address(url.host, port)
    size = len(body) if isinstance(body, bytes) else int(length or 0)
    all_headers = {**headers, "Host": url.netloc.decode(), "Content-Length": str(size)}
    with pool(url.host).stream(
        method,
        httpcore.URL(scheme=url.raw_scheme, host=address.encode(), port=port, target=url.raw_path),
        headers=[(name.encode(), value.encode()) for name, value in all_headers.items()],
        content=body if isinstance(body, bytes) else iter(lambda: body.read(PIECE), b""),
        extensions={"timeout": TIMEOUTS, "sni_hostname": url.host},
    ) as answer:
        yield answer


@lru_cache(maxsize=64)
def pool(host: str) -> httpcore.ConnectionPool:
    """Connections for each host name: they are kept by address, and certificates belong to names.

    httpcore follows no redirect and uses no proxy of the environment: both would lead around the guard.
    """
    return httpcore.ConnectionPool(
        ssl_context=httpx.create_ssl_context(trust_env=False),
        max_connections=100,
        max_keepalive_connections=20,
        keepalive_expiry=5.0,
        network_backend=Backend(),
    )


def public_address(host: str, port: int) -> str:
    """An address of the host to connect to, as text; raises `Refused` when one of them is private, or `Failed`."""
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise Failed("Its name can't be resolved.") from error
    if not settings.OUTBOUND_TO_OWN_NETWORK and not all(map(is_public, found)):
        raise Refused("It leads into a private network.")
    return sorted(found)[0]


def is_public(address: str) -> bool:
    """Globally reachable (IANA's special-purpose registries), also what IPv6 forms of IPv4 lead to; no multicast."""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast
