"""The reserve of keys on this host's disk, sealed: what a process has that starts while the database is away.

Like the reserve in memory it counts only while Valkey says that nothing has changed since it was made, and keys in it
expire when they should. Whoever can write to the disk but does not have the master key can neither read nor forge it;
an older copy put back is found out by the number, or by its age.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog
from django.conf import settings

from .crypto import Unreadable, derived_key, seal, unseal
from .scope import Scope

if TYPE_CHECKING:
    from .models import Tenant

log = structlog.get_logger("attune.keyring")

# An outage that lasts longer has become something else; a number in Valkey that has not moved proves less every day.
MOST_AGE_SECONDS = 24 * 3600.0
_BOUND = b"key reserve 1"


class Host(msgspec.Struct, array_like=True):
    """What a host name leads to, with the limits of its plan."""

    domain: str
    tenant_id: int
    schema: str
    slug: str
    name: str
    status: str
    region: str
    currency: str
    time_zone: str
    requests_per_second: int
    events_per_day: int


class Kept(msgspec.Struct, array_like=True):
    """`at`: unix seconds when it was read from the database. Keys by digest, with the unix seconds when they expire."""

    epoch: int
    at: float
    scopes: list[tuple[bytes, Scope, float | None]]
    refused: list[tuple[bytes, str]]
    hosts: list[Host]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Kept).decode


def path() -> Path:
    return Path(settings.SPOOL_ROOT) / "keys"


def host_of(domain: str, tenant: Tenant) -> Host:
    plan = tenant.plan
    return Host(
        domain,
        tenant.pk,
        tenant.schema_name,
        tenant.slug,
        tenant.name,
        tenant.status,
        tenant.region,
        tenant.currency,
        tenant.time_zone,
        plan.requests_per_second if plan else 0,
        plan.events_per_day if plan else 0,
    )


def write(kept: Kept) -> None:
    """Keep it beside the spool, on hosts that have one. A disk that refuses costs what it would have been good for."""
    place = path()
    if not place.parent.is_dir():
        return
    fresh = place.with_name(f"keys.{os.getpid()}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(seal(derived_key("key reserve"), _encode(kept), _BOUND))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
    except OSError as error:
        log.warning("the reserve of keys is not on disk", error=type(error).__name__)


def read(epoch: int | None) -> Kept | None:
    """What was kept; None when there is nothing, or not of `epoch`, or when it is too old or not ours."""
    if epoch is None:
        return None
    try:
        kept = _decode(unseal(derived_key("key reserve"), path().read_bytes(), _BOUND))
    except OSError:
        return None
    except (Unreadable, msgspec.MsgspecError, ValueError) as error:
        log.warning("the reserve of keys on disk can't be read", error=type(error).__name__)
        return None
    young = -60.0 <= time.time() - kept.at <= MOST_AGE_SECONDS
    return kept if kept.epoch == epoch and young else None
