"""All keys and hosts as they were a minute ago at most, for the time in which the database can't be asked.

Each process has its own, and one of them is kept on disk for those that start then (`reserve_file`). It counts only while the number that moves with every change (see `keyring`) is the one that it
was made at: nothing that was revoked or suspended meanwhile is found here. A key made since is not in it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .keyring import Refused
    from .models import Tenant
    from .scope import Scope

FRESH_SECONDS = 60.0


@dataclass(frozen=True)
class _Reserve:
    epoch: int | None = None
    made_at: float = 0.0
    keys: dict[bytes, tuple[Scope | Refused, float | None]] = field(default_factory=dict)
    hosts: dict[str, Tenant] = field(default_factory=dict)


_reserve = _Reserve()


def fill(
    epoch: int,
    keys: dict[bytes, tuple[Scope | Refused, float | None]],
    hosts: dict[str, Tenant],
    *,
    fresh: bool = True,
) -> None:
    """`epoch`: read before the rest, so that a change in between makes the reserve void and not wrong. Not `fresh`: it
    is old from the start, and the database is asked as soon as it answers.
    """
    global _reserve
    _reserve = _Reserve(epoch, time.monotonic() if fresh else float("-inf"), keys, hosts)


def forget() -> None:
    global _reserve
    _reserve = _Reserve()


def is_old(epoch: int | None) -> bool:
    return not holds(epoch) or time.monotonic() - _reserve.made_at > FRESH_SECONDS


def holds(epoch: int | None) -> bool:
    return epoch is not None and epoch == _reserve.epoch


def key(digest: bytes, epoch: int | None) -> Scope | Refused | None:
    """What the key with this digest stands for; None when that isn't known here."""
    reserve = _reserve
    if epoch is None or reserve.epoch != epoch:
        return None
    entry, expiry = reserve.keys.get(digest, (None, None))
    return entry if expiry is None or time.time() < expiry else None


def hosts(epoch: int | None) -> dict[str, Tenant] | None:
    reserve = _reserve
    return reserve.hosts if epoch is not None and reserve.epoch == epoch else None
