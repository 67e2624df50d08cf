"""The keys of persons: made on first use, wrapped by the master key, destroyed by an erasure."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable

from django.db import connection, transaction

from . import forgetting
from .crypto import KEY_BYTES, derived_key, seal, unseal

_CACHE_SIZE = 50_000
_cache: OrderedDict[tuple[int, bytes], bytes] = OrderedDict()
_lock = threading.Lock()


def person_keys(tenant_id: int, handles: Iterable[bytes]) -> dict[bytes, bytes]:
    """Handle (16 bytes) → key (32 bytes); missing keys are made.

    At most two statements, none when all are cached. The keys are part of the caller's transaction, so they are
    cached only after its commit: a rolled back key must not seal anything later.
    """
    wanted = set(handles)
    found = _from_cache(tenant_id, wanted)
    missing = list(wanted - found.keys())
    if not missing:
        return found
    wrapping = _wrapping_key(tenant_id)
    fresh = [seal(wrapping, os.urandom(KEY_BYTES), handle) for handle in missing]
    with connection.cursor() as cursor:
        # DO UPDATE with the old value, so that RETURNING also gives keys that another process made meanwhile.
        cursor.execute(
            """INSERT INTO public.tenants_personkey AS k (tenant_id, handle, wrapped, created_at)
               SELECT %s, handle, wrapped, now() FROM unnest(%s::bytea[], %s::bytea[]) AS t(handle, wrapped)
               ORDER BY handle
               ON CONFLICT (tenant_id, handle) DO UPDATE SET handle = k.handle
               RETURNING handle, wrapped""",
            [tenant_id, missing, fresh],
        )
        rows = [(bytes(h), unseal(wrapping, w, bytes(h))) for h, w in cursor.fetchall()]
    found.update(rows)
    transaction.on_commit(lambda: _remember(tenant_id, rows))
    return found


def existing_person_keys(tenant_id: int, handles: Iterable[bytes]) -> dict[bytes, bytes]:
    """Like `person_keys`, but a missing (or destroyed) key is simply absent from the answer."""
    wanted = set(handles)
    found = _from_cache(tenant_id, wanted)
    missing = list(wanted - found.keys())
    if missing:
        wrapping = _wrapping_key(tenant_id)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT handle, wrapped FROM public.tenants_personkey WHERE tenant_id = %s AND handle = ANY(%s)",
                [tenant_id, missing],
            )
            rows = [(bytes(h), unseal(wrapping, w, bytes(h))) for h, w in cursor.fetchall()]
        _remember(tenant_id, rows)
        found.update(rows)
    return found


def wrapped_key_sql(tenant_id: int, handle: str) -> str:
    """An expression for the wrapped key of the person whose handle the SQL expression `handle` gives; NULL for none.

    For statements that read what is sealed: `unwrapped` makes a key of it, and no second statement is needed.
    """
    return f"(SELECT wrapped FROM public.tenants_personkey WHERE tenant_id = {tenant_id:d} AND handle = {handle})"


def unwrapped(tenant_id: int, handle: bytes, wrapped: bytes) -> bytes:
    """The key (32 bytes) of a person; raises `Unreadable` for one that another master key wrapped."""
    return unseal(_wrapping_key(tenant_id), wrapped, handle)


def destroy_person_keys(tenant_id: int, handles: Iterable[bytes]) -> int:
    """Delete keys for good; returns how many there were. What they sealed is unreadable from then on."""
    handles = list(handles)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM public.tenants_personkey WHERE tenant_id = %s AND handle = ANY(%s)",
            [tenant_id, handles],
        )
        count = cursor.rowcount
    with _lock:
        for handle in handles:
            _cache.pop((tenant_id, handle), None)
    return count


@forgetting.remember_to
def forget_cached_keys() -> None:
    with _lock:
        _cache.clear()


def _wrapping_key(tenant_id: int) -> bytes:
    return derived_key(f"wrap:{tenant_id}")


def _from_cache(tenant_id: int, handles: set[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    # Another process may have destroyed a key that is remembered here.
    if not _cache or not forgetting.confirmed():
        return found
    with _lock:
        for handle in handles:
            key = _cache.get((tenant_id, handle))
            if key is not None:
                found[handle] = key
    return found


def _remember(tenant_id: int, rows: list[tuple[bytes, bytes]]) -> None:
    with _lock:
        for handle, key in rows:
            _cache[(tenant_id, handle)] = key
        while len(_cache) > _CACHE_SIZE:
            _cache.popitem(last=False)
