"""What the door did not take is counted by the door itself: no worker ever sees it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from psycopg import Cursor

from tenants.scope import Scope

from . import tallies
from .names import shown_name
from .outcomes import DUPLICATE, REFUSED

if TYPE_CHECKING:
    from ..ingest.wire import Rejected

_TYPES = {"identify": 1, "track": 2, "page": 3, "screen": 4, "group": 5, "alias": 6}


def count_turned_away(
    cursor: Cursor, scope: Scope, duplicates: int, rejected: Sequence[Rejected], received: dt.datetime
) -> None:
    """Note duplicates and refusals in the transaction that stores the others. Without any it costs nothing."""
    if not duplicates and not rejected:
        return
    hour = received.replace(minute=0, second=0, microsecond=0)
    counts = Counter(
        (_TYPES.get(r.type or "", 0), shown_name(r.event) if r.type == "track" else "") for r in rejected
    )
    rows = [(hour, kind, name, REFUSED, count, received) for (kind, name), count in counts.items()]
    if duplicates:
        rows.append((hour, 0, "", DUPLICATE, duplicates, received))
    tallies.add_counted(cursor, scope.schema, rows)
