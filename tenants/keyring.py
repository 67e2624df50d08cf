"""From an API key or a host name to its tenant, in memory.

Entries live in the process. A change (key revoked, tenant suspended, host added) moves one number in the public
schema and in Valkey; a thread of each process reads that number twice a second and drops all entries when it has
moved. While the number can't be read from either place, entries are trusted for `WATCH_SECONDS` more and then
looked up again, so a revoked key never works longer than two seconds.

While the database is away, keys that this process has not met are found in a reserve of all keys (see `reserve`), and a
process that starts meanwhile has it from the host's disk (`reserve_file`). It counts only while Valkey says that nothing
has changed since it was made.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from hashlib import sha256

import structlog
from django.db import DatabaseError, connection, transaction

from . import key_use, redis, reserve, reserve_file
from .db import is_away
from .models import ApiKey, Domain, Plan, Tenant
from .scope import Scope

WATCH_SECONDS = 0.5
TRUST_SECONDS = 1.4
EPOCH_KEY = "attune:keyring"
MAX_ENTRIES = 20_000

log = structlog.get_logger("attune.keyring")


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a key does not work: "unknown", "revoked", "expired", "suspended"."""

    reason: str


_keys: dict[str, Scope | Refused] = {}
# All host names at once, so that an unknown one costs no query either.
_hosts: dict[str, Tenant] | None = None
_expiries: dict[str, float] = {}
_lock = threading.Lock()
_seen_epoch: int | None = None
_confirmed_at = 0.0
_watcher: threading.Thread | None = None


def scope_of_key(token: str) -> Scope | Refused:
    """The scope of an API key; no query when the key was used on this process before."""
    _ensure_fresh()
    entry = _keys.get(token)
    expiry = _expiries.get(token)
    if entry is not None and (expiry is None or time.time() < expiry):
        return entry
    try:
        entry, expiry = _look_up(token)
    except Exception as error:
        spare = reserve.key(digest_of(token), _seen_epoch) if is_away(error) else None
        if spare is None:
            raise
        return spare
    if not isinstance(entry, Refused) or entry.reason != "unknown":
        # Unknown tokens are not remembered: whoever guesses keys must not fill the memory.
        with _lock:
            if len(_keys) >= MAX_ENTRIES:
                _keys.clear()
                _expiries.clear()
            _keys[token] = entry
            if expiry is not None:
                _expiries[token] = expiry
            else:
                _expiries.pop(token, None)
    return entry


def tenant_of_host(host: str) -> Tenant | None:
    """The tenant whose console, shop and API answer on this host name (without port), or None."""
    _ensure_fresh()
    known = _hosts
    if known is None:
        try:
            known = _load_hosts()
        except Exception as error:
            spare = reserve.hosts(_seen_epoch) if is_away(error) else None
            if spare is None:
                raise
            known = spare
    return known.get(host)


def knows_all() -> bool:
    """Whether the keys of all tenants would be found although the database is away."""
    return reserve.holds(_seen_epoch)


def scope_of_tenant(tenant: Tenant, **fields: object) -> Scope:
    plan = tenant.plan
    return Scope(
        tenant_id=tenant.pk,
        schema=tenant.schema_name,
        slug=tenant.slug,
        requests_per_second=plan.requests_per_second if plan else 0,
        events_per_day=plan.events_per_day if plan else 0,
        currency=tenant.currency,
        time_zone=tenant.time_zone,
        **fields,  # type: ignore[arg-type]  # checked by the two callers' tests
    )


def changed() -> None:
    """A key, a host or a tenant's status changed: every process forgets what it remembers, after the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('public.tenants_keyring_epoch')")

    def publish() -> None:
        forget()
        try:
            redis.run(lambda client: client.set(EPOCH_KEY, _epoch_in_database()))
        except redis.Unavailable:
            log.warning("keyring epoch not published; processes read it from the database")

    transaction.on_commit(publish)


def forget() -> None:
    global _seen_epoch, _hosts
    with _lock:
        _keys.clear()
        _expiries.clear()
        _hosts = None
        _seen_epoch = None


def _load_hosts() -> dict[str, Tenant]:
    global _hosts
    hosts = {
        domain.domain: domain.tenant
        for domain in Domain.objects.using("default").select_related("tenant__plan")
    }
    with _lock:
        _hosts = hosts
    return hosts


def digest_of(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _look_up(token: str) -> tuple[Scope | Refused, float | None]:
    key = (
        ApiKey.objects.using("default").select_related("tenant__plan").filter(digest=digest_of(token)).first()
    )
    return (Refused("unknown"), None) if key is None else _entry(key)


def _entry(key: ApiKey) -> tuple[Scope | Refused, float | None]:
    """What a key stands for, and until when (unix seconds)."""
    if key.revoked_at:
        return Refused("revoked"), None
    expiry = key.expires_at.timestamp() if key.expires_at else None
    if expiry is not None and expiry <= time.time():
        return Refused("expired"), None
    if key.tenant.status != Tenant.Status.ACTIVE:
        return Refused("suspended"), None
    scope = scope_of_tenant(
        key.tenant,
        key_id=key.pk,
        kind=key.kind,
        scopes=frozenset(key.scopes),
        allowed_origins=tuple(key.allowed_origins),
    )
    return scope, expiry


def fill_reserve() -> None:
    """Read all keys and hosts, to have them while the database is away."""
    epoch = _epoch_in_database()
    keys = ApiKey.objects.using("default").select_related("tenant__plan").order_by("-pk")[:MAX_ENTRIES]
    found, hosts = {bytes(key.digest): _entry(key) for key in keys}, _load_hosts()
    reserve.fill(epoch, found, hosts)
    reserve_file.write(
        reserve_file.Kept(
            epoch,
            time.time(),
            [(digest, scope, until) for digest, (scope, until) in found.items() if isinstance(scope, Scope)],
            [(digest, entry.reason) for digest, (entry, _) in found.items() if isinstance(entry, Refused)],
            [reserve_file.host_of(domain, tenant) for domain, tenant in hosts.items()],
        )
    )


def fill_reserve_from_disk() -> bool:
    """Take what a process of this host kept; whether there was something that counts."""
    kept = reserve_file.read(_seen_epoch)
    if kept is None:
        return False
    keys: dict[bytes, tuple[Scope | Refused, float | None]] = {
        digest: (Refused(reason), None) for digest, reason in kept.refused
    }
    keys.update((digest, (scope, until)) for digest, scope, until in kept.scopes)
    reserve.fill(kept.epoch, keys, {host.domain: _tenant_of(host) for host in kept.hosts}, fresh=False)
    return True


def _tenant_of(host: reserve_file.Host) -> Tenant:
    return Tenant(
        pk=host.tenant_id,
        schema_name=host.schema,
        slug=host.slug,
        name=host.name,
        status=host.status,
        region=host.region,
        currency=host.currency,
        time_zone=host.time_zone,
        plan=Plan(requests_per_second=host.requests_per_second, events_per_day=host.events_per_day),
    )


def start() -> None:
    """Watch from now on, and have the reserve before the first request. A web process calls it when it starts."""
    global _watcher
    if _watcher is None or not _watcher.is_alive():
        with _lock:
            if _watcher is None or not _watcher.is_alive():
                _watcher = threading.Thread(target=_watch, name="keyring", daemon=True)
                _watcher.start()


def _ensure_fresh() -> None:
    start()
    if time.monotonic() - _confirmed_at > TRUST_SECONDS:
        confirm()


def confirm() -> None:
    """Compare the number now; drops every entry when it moved or can't be read."""
    global _seen_epoch, _confirmed_at
    epoch = _read_epoch()
    if epoch is None or epoch != _seen_epoch:
        forget()
    _seen_epoch = epoch
    _confirmed_at = time.monotonic()


def _watch() -> None:
    while True:
        try:
            confirm()
            if not knows_all():
                # At once, and not after the time that it may take to find out that the database is away.
                fill_reserve_from_disk()
            if reserve.is_old(_seen_epoch):
                fill_reserve()
            key_use.tell()
        except Exception as error:  # the thread must live: entries it can't confirm are looked up again
            if not is_away(error):
                log.error("keyring watcher", error=repr(error))
        # The database is only the fall-back here: holding a connection for it would be a waste.
        connection.close()
        time.sleep(WATCH_SECONDS)


def _read_epoch() -> int | None:
    try:
        value = redis.run(lambda client: client.get(EPOCH_KEY))
        if value is not None:
            return int(value)
    except redis.Unavailable:
        pass
    try:
        epoch = _epoch_in_database()
    except DatabaseError:
        return None
    with contextlib.suppress(redis.Unavailable):
        redis.run(lambda client: client.set(EPOCH_KEY, epoch, nx=True))
    return epoch


def _epoch_in_database() -> int:
    with connection.cursor() as cursor:
        # A sequence says 1 before its first number as well as after it.
        cursor.execute("SELECT last_value - (NOT is_called)::int FROM public.tenants_keyring_epoch")
        return int(cursor.fetchone()[0])
