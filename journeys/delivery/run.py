"""Deliver what is due: prepare in one transaction, call the channels without any, write down in another.

Killed before the calls: the lease runs out and the message is looked at again. Killed after: a channel that honours
idempotency keys is called again with the same key and body; another one's message becomes `unknown`, for a callback or
a person to decide, and is never repeated blindly.
"""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import structlog
from django.db import connection, transaction
from psycopg import Cursor

from tenants.scope import Scope

from ..channels import CHANNELS, in_database
from ..channels.base import Permanent, Temporary, Uncertain
from . import breaker
from .claim import BATCH
from .prepare import Ready, prepare
from .results import Fate, settle

log = structlog.get_logger("attune.delivery")

CALLERS = 8
# Connecting, writing and reading each have their time-out; a call that could end after its lease is not begun.
LONGEST_CALL = dt.timedelta(seconds=24)


def deliver_once(scope: Scope, limit: int = BATCH) -> int:
    """One batch of due messages; how many were looked at. 0: nothing is due that is free.

    Raises OperationalError when the database is away.
    """
    ready, looked_at = prepare(scope, limit, dt.datetime.now(dt.UTC))
    if ready:
        calls = [one for one in ready if not in_database(one.endpoint.kind)]
        fates = [_handed_over(one) for one in ready if in_database(one.endpoint.kind)]
        fates += list(_callers().map(_call, calls)) if len(calls) > 1 else [_call(one) for one in calls]
        with transaction.atomic():
            connection.ensure_connection()
            with Cursor(connection.connection) as cursor:
                settle(cursor, scope, fates, dt.datetime.now(dt.UTC))
    return looked_at


def _handed_over(one: Ready) -> Fate:
    return _result(one, dt.datetime.now(dt.UTC), "sent")


def _call(one: Ready) -> Fate:
    """Runs in a thread; touches no database."""
    started = dt.datetime.now(dt.UTC)
    if started + LONGEST_CALL > one.lease_until:
        return _result(
            one, started, "", state="delayed", reason="there was no time left to send it", until=started
        )
    name = one.endpoint.name
    if breaker.is_open(name):
        later = started + dt.timedelta(seconds=breaker.OPEN_SECONDS)
        reason = "the channel does not answer at the moment"
        return _result(one, started, "", state="delayed", reason=reason, until=later)
    try:
        receipt = CHANNELS[one.endpoint.kind].send(one.parcel, one.endpoint)
    except Temporary as error:
        breaker.failed(name)
        until = started + dt.timedelta(seconds=error.retry_after) if error.retry_after else None
        return _result(one, started, "temporary", state="retry", reason=str(error), until=until)
    except Permanent as error:
        return _result(one, started, "permanent", state="failed", reason=str(error), bounced=error.bounced)
    except Uncertain as error:
        return _result(one, started, "unknown", state="unknown", reason=str(error))
    except Exception as error:  # a fault of ours in the middle of a call: nobody knows how far it came
        log.exception("channel failed", message=one.message.id, kind=one.endpoint.kind)
        idempotent = CHANNELS[one.endpoint.kind].idempotent
        reason = f"the channel failed ({type(error).__name__})"
        return _result(one, started, "unknown", state="retry" if idempotent else "unknown", reason=reason)
    breaker.succeeded(name)
    return _result(one, started, "sent", reference=receipt.reference)


def _result(one: Ready, started: dt.datetime, result: str, *, state: str = "sent", **fields: object) -> Fate:
    return Fate(
        one.message,
        state,
        lease=one.lease,
        attempt=one.attempt,
        started_at=started,
        result=result,
        parcel=one.parcel,
        endpoint=one.endpoint,
        **fields,  # type: ignore[arg-type]  # named by the callers above
    )


@lru_cache(maxsize=1)
def _callers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CALLERS, thread_name_prefix="channel")
