"""Deliver what is due: prepare in one transaction, call the channels without any, write down in another.

Killed before the calls: the lease runs out and the message is looked at again. Killed after: a channel that honours
idempotency keys is called again with the same key and body; another one's message becomes `unknown`, for a callback or
a person to decide, and is never repeated blindly.
"""

from __future__ import annotations

import datetime as dt
import itertools
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import lru_cache

import structlog
from django.db import connection, transaction
from psycopg import Cursor

from tenants.deadline import CALL_SECONDS
from tenants.scope import Scope

from ..channels import CHANNELS, in_database
from ..channels.base import Permanent, Temporary, Uncertain
from . import breaker
from .claim import AWAY, BATCH
from .prepare import Ready, prepare
from .results import Fate, settle

log = structlog.get_logger("attune.delivery")

CALLERS = 8
# A call that could end after its lease is not begun. The look-up of a name can't be cut off in its middle.
LONGEST_CALL = dt.timedelta(seconds=CALL_SECONDS + 5)
# Pauses between attempts to write results down while the database is away.
PAUSES = (0.2, 0.5, 1, 2, 3, 5)


def deliver_once(scope: Scope, limit: int = BATCH) -> int:
    """One batch of due messages; how many were looked at. 0: nothing is due that is free.

    Raises OperationalError when the database is away.
    """
    ready, looked_at = prepare(scope, limit, dt.datetime.now(dt.UTC))
    if ready:
        calls = [one for one in ready if not in_database(one.endpoint.kind)]
        fates = [_handed_over(one) for one in ready if in_database(one.endpoint.kind)]
        fates += list(_callers().map(_call, calls)) if len(calls) > 1 else [_call(one) for one in calls]
        _write_down(scope, fates, min(one.lease_until for one in ready))
    return looked_at


def _write_down(scope: Scope, fates: Sequence[Fate], until: dt.datetime) -> None:
    """What really happened is not lost with a connection: again until the leases end, under which it counts once."""
    for pause in itertools.chain(PAUSES, itertools.repeat(PAUSES[-1])):
        try:
            with transaction.atomic():
                connection.ensure_connection()
                with Cursor(connection.connection) as cursor:
                    # A copy: a retry's fate is decided while it is written.
                    settle(cursor, scope, [copy(fate) for fate in fates], dt.datetime.now(dt.UTC))
            return
        except AWAY:
            later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=pause)
            if connection.in_atomic_block or later >= until:
                raise
            log.warning("results not written yet", tenant=scope.schema, messages=len(fates))
            connection.close()
            time.sleep(pause)


def _handed_over(one: Ready) -> Fate:
    return _result(one, dt.datetime.now(dt.UTC), "sent")


def _call(one: Ready) -> Fate:
    """Runs in a thread; touches no database."""
    started = dt.datetime.now(dt.UTC)
    if started + LONGEST_CALL > one.lease_until:
        return _not_called(one, "there was no time left to send it", started)
    name = one.endpoint.name
    if breaker.is_open(name):
        later = started + dt.timedelta(seconds=breaker.OPEN_SECONDS)
        return _not_called(one, "the channel does not answer at the moment", later)
    try:
        receipt = CHANNELS[one.endpoint.kind].send(one.parcel, one.endpoint)
    except Temporary as error:
        breaker.failed(name)
        until = started + dt.timedelta(seconds=error.retry_after) if error.retry_after else None
        kept = error.begun or one.repeats
        return _result(
            one, started, "temporary", state="retry", reason=str(error), until=until, keeps_content=kept
        )
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


def _not_called(one: Ready, reason: str, until: dt.datetime) -> Fate:
    """It is as it was before: an attempt that nobody made does not count."""
    return Fate(one.message, "delayed", reason, until=until, lease=one.lease, keeps_content=one.repeats)


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
