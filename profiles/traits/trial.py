"""A measure tried on some shoppers while somebody writes it: what it says of them, and how many have a value at all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor

from tenants.scope import Scope

from ..days import calendar
from .history import states_of
from .measure import Measure, plain
from .states import Measures, kept

ASKED = 2_000
PORTION = 200
SHOWN = 5
SECONDS = 0.9


@dataclass(frozen=True)
class Trial:
    """`have` of `of` shoppers, those seen last, have a value that is not 0; `shown`: (profile, value) of some of them."""

    of: int
    have: int
    shown: tuple[tuple[int, Any], ...]

    @property
    def share(self) -> float:
        return 100 * self.have / self.of if self.of else 0.0


def try_measure(scope: Scope, measure: Measure) -> Trial:
    """Made of the stored events of as many of the shoppers seen last as a second suffices for."""
    import msgspec

    one = kept(1, measure.digest, msgspec.json.encode(plain(measure)).decode())
    measures, deadline = Measures.of([one], calendar(scope.time_zone)), time.monotonic() + SECONDS
    days, day = measures.days, measures.days.today()
    asked, found = 0, []
    connection.ensure_connection()
    with transaction.atomic(), Cursor(connection.connection) as cursor:
        rows = cursor.execute(
            f'SELECT id FROM "{scope.schema}".profiles_profile ORDER BY last_seen_at DESC LIMIT {ASKED}'
        ).fetchall()
        ids = [row[0] for row in rows]
        for start in range(0, len(ids), PORTION):
            portion = ids[start : start + PORTION]
            states = states_of(cursor, scope, portion, measures, day)
            values = [
                (profile, measure.value(states[profile].get(one.key), day, days)) for profile in portion
            ]
            found += [(profile, value) for profile, value in values if value not in (None, 0, [])]
            asked += len(portion)
            if time.monotonic() > deadline:
                break
    return Trial(asked, len(found), tuple(found[:SHOWN]))
