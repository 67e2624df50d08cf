"""The one door: whatever brings events (an HTTP request, the spool, an import, a stream) calls `accept`.

Callers read what they were sent and count the quota; `accept` judges each event, makes the good ones and the letters of
the bad ones durable in one transaction, and tells a worker. While the database is away, what can't be sent again from
where it came goes to the spool of this host (`profiles.spool`), and what comes later goes behind it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import structlog
from django.db import connection, transaction

from tenants.db import is_away
from tenants.problems import Problem
from tenants.scope import Scope

from ..plan.current import current
from ..spool.folder import Full, Spool
from ..spool.local import local_spool
from ..spool.locks import Busy
from ..spool.records import Record, to_frame
from . import wire
from .body import MAX_EVENT_BYTES, MAX_IMPORTED_BYTES
from .hints import hint
from .store import Stored, store

log = structlog.get_logger("attune.ingest")

# These can't wait until the database is back; the others go on where they were.
SPOOLED_SOURCES = frozenset({"http", "pixel"})


@dataclass(slots=True)
class Accepted:
    """What became of a call's events: `events` were understood, of which `fresh` are new, `suppressed` name erased
    people, and the others are duplicates; `rejected` could not be taken and are kept as dead letters. `spooled`: they are
    on this host's disk, and which of them are new is not known yet.
    """

    events: int
    fresh: int
    suppressed: int
    rejected: list[wire.Rejected] = field(default_factory=list)
    spooled: bool = False

    @property
    def duplicates(self) -> int:
        return self.events - self.fresh - self.suppressed


def accept(
    scope: Scope,
    raws: Sequence[bytes],
    *,
    source: str,
    received: dt.datetime,
    sent_at: wire.Clock = None,
    context: bytes = b"",
    gpc: bool = False,
    agent: str = "",
    type_name: str | None = None,
) -> Accepted:
    """Take events, each the bytes of one JSON object of the tracking spec; durable when this returns.

    `source`: who brings them ("http", "spool", "import" …). `received`: when they arrived, the latest that any of them
    can have happened. `sent_at`, `context`: what their envelope says for all of them. `gpc`: they came with Global
    Privacy Control. `agent`: the User-Agent of the request, looked at where the key is a browser's. `type_name`: their type, when the address says it instead of the event.
    Raises the database's error when it is away and the source can send again, and a Problem (503) when the spool can't
    take them either: then nothing was stored.
    """
    seed = uuid4().hex
    details: dict[str, Any] = {
        "sent_at": sent_at,
        "context": context,
        "gpc": gpc,
        "agent": agent if scope.kind == "publishable" else "",
        "type_name": type_name,
    }
    # A caller's own transaction must fail as a whole.
    spool = local_spool() if source in SPOOLED_SOURCES and not connection.in_atomic_block else None
    if spool is None or not spool.waiting():
        try:
            events, rejected = judge(scope, raws, source=source, received=received, seed=seed, **details)
            stored = keep(scope, events, rejected, received, source)
            return Accepted(len(events), stored.fresh, stored.suppressed, rejected)
        except Exception as error:
            if spool is None or not is_away(error):
                raise
            log.warning(
                "the database is away: events are spooled", tenant=scope.schema, error=type(error).__name__
            )
    return _set_down(spool, scope, list(raws), source=source, received=received, seed=seed, details=details)


def keep(
    scope: Scope,
    events: Sequence[wire.Incoming],
    rejected: Sequence[wire.Rejected],
    received: dt.datetime,
    source: str,
) -> Stored:
    """Make what was judged durable in one transaction, and tell a worker."""
    stored = store(scope, events, rejected, received, source)
    if stored.fresh:
        # At once, unless the caller's own transaction is still open.
        transaction.on_commit(lambda: hint(scope.schema))
    return stored


def _set_down(
    spool: Spool,
    scope: Scope,
    raws: list[bytes],
    *,
    source: str,
    received: dt.datetime,
    seed: str,
    details: dict[str, Any],
) -> Accepted:
    """Write the call to the spool. What it would have been answered is told as far as it is known without the database."""
    try:
        events, rejected = judge(scope, raws, source=source, received=received, seed=seed, **details)
        count = len(events)
    except Exception as error:
        if not is_away(error):
            raise
        # Something that judging needs can't be read now: it is judged when it is drained.
        count, rejected = len(raws), []
    record = Record(scope.kind or "secret", source, received, seed, raws, details, bool(rejected))
    try:
        spool.append(to_frame(scope, record), len(raws), int(received.timestamp() * 1e6))
    except (Full, Busy, OSError) as error:
        log.error(
            "events are refused: the spool can't take them", tenant=scope.schema, error=type(error).__name__
        )
        raise Problem(
            503,
            "storage_unavailable",
            "Storage is not reachable and the buffer for events is full; nothing was accepted. Send it again later.",
            headers={"Retry-After": "10"},
        ) from error
    return Accepted(count, count, 0, rejected, spooled=True)


def judge(
    scope: Scope,
    raws: Sequence[bytes],
    *,
    source: str,
    received: dt.datetime,
    sent_at: wire.Clock = None,
    context: bytes = b"",
    gpc: bool = False,
    agent: str = "",
    type_name: str | None = None,
    seed: str = "",
) -> tuple[list[wire.Incoming], list[wire.Rejected]]:
    """Which of `raws` can be taken, and which not with why; nothing is stored. Arguments as those of `accept`.

    `seed`: of the ids of events that bring none.
    """
    events: list[wire.Incoming] = []
    rejected: list[wire.Rejected] = []
    plan = current(scope)
    most_bytes = MAX_IMPORTED_BYTES if source == "import" else MAX_EVENT_BYTES
    for index, raw in enumerate(raws):
        event = wire.read_event(
            raw,
            index,
            type_name=type_name,
            sent_at=sent_at,
            context=context,
            gpc=gpc,
            agent=agent,
            received=received,
            plan=plan,
            seed=seed,
            most_bytes=most_bytes,
        )
        if isinstance(event, wire.Incoming):
            events.append(event)
        else:
            rejected.append(event)
    return events, rejected
