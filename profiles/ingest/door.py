"""The one door: whatever brings events (an HTTP request, the spool, an import, a stream) calls `accept`.

Callers read what they were sent and count the quota; `accept` judges each event, makes the good ones and the letters of
the bad ones durable in one transaction, and tells a worker.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from tenants.scope import Scope

from ..plan.current import current
from . import wire
from .hints import hint
from .store import store


@dataclass(slots=True)
class Accepted:
    """What became of a call's events: `events` were understood, of which `fresh` are new, `suppressed` name erased
    people, and the others are duplicates; `rejected` could not be taken and are kept as dead letters.
    """

    events: int
    fresh: int
    suppressed: int
    rejected: list[wire.Rejected] = field(default_factory=list)

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
    type_name: str | None = None,
) -> Accepted:
    """Take events, each the bytes of one JSON object of the tracking spec; durable when this returns.

    `source`: who brings them ("http", "spool", "import" …). `received`: when they arrived, the latest that any of them
    can have happened. `sent_at`, `context`: what their envelope says for all of them. `gpc`: they came with Global
    Privacy Control. `type_name`: their type, when the address says it instead of the event.
    Raises OperationalError or InterfaceError when the database is away: then nothing was stored.
    """
    events, rejected = judge(
        scope,
        raws,
        source=source,
        received=received,
        sent_at=sent_at,
        context=context,
        gpc=gpc,
        type_name=type_name,
    )
    stored = store(scope, events, rejected, received, source)
    if stored.fresh:
        # At once, unless the caller's own transaction is still open.
        transaction.on_commit(lambda: hint(scope.schema))
    return Accepted(len(events), stored.fresh, stored.suppressed, rejected)


def judge(
    scope: Scope,
    raws: Sequence[bytes],
    *,
    source: str,
    received: dt.datetime,
    sent_at: wire.Clock = None,
    context: bytes = b"",
    gpc: bool = False,
    type_name: str | None = None,
) -> tuple[list[wire.Incoming], list[wire.Rejected]]:
    """Which of `raws` can be taken, and which not with why; nothing is stored. Arguments as those of `accept`."""
    events: list[wire.Incoming] = []
    rejected: list[wire.Rejected] = []
    plan = current(scope)
    for index, raw in enumerate(raws):
        event = wire.read_event(
            raw,
            index,
            type_name=type_name,
            sent_at=sent_at,
            context=context,
            gpc=gpc,
            received=received,
            plan=plan,
        )
        if isinstance(event, wire.Incoming):
            events.append(event)
        else:
            rejected.append(event)
    return events, rejected
