"""Calls to addresses that a tenant named: never into our own network, with short time-outs.

The name is resolved once, every address it has must be public, and the connection goes to one of those: a name that
changes its mind between the check and the call gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
from django.conf import settings

TIMEOUT_SECONDS = 5.0


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
    check(url)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = public_address(host, port)
    literal = f"[{address}]" if ":" in address else address
    target = parts._replace(netloc=f"{literal}:{port}").geturl()
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            response = client.post(
                target,
                content=body,
                headers={**headers, "Host": parts.netloc},
                extensions={"sni_hostname": host},
            )
    except httpx.InvalidURL as error:
        raise Refused("It is not an address that can be called.") from error
    except (httpx.HTTPError, ValueError) as error:
        raise Failed(f"{type(error).__name__}") from error
    if response.is_success:
        return response.status_code
    permanent = 300 <= response.status_code < 500 and response.status_code not in (408, 425, 429)
    raise Failed(f"It answered {response.status_code}.", permanent=permanent)


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
