"""A shopper with so long a history that it can't be read while their row is held: a till's, a kiosk's, a reseller's.

It is read beforehand, without any lock, and which rows it was; under the lock only what came since is added. Rows that are
not the shopper's any more (an erasure, an unmerge) can't be taken out of a state: then it is read once more.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection

from psycopg import Cursor

from tenants.scope import Scope

from . import stored
from .history import finish
from .states import Computed, Measures

LINES = 20_000  # acts read at a time


class Draft:
    """The states of one shopper in the making, with the rows that are in them."""

    def __init__(self, profile_id: int, measures: Measures) -> None:
        self.profile_id, self.measures = profile_id, measures
        self.computed: Computed = {}
        self._events: array[int] = array("q")
        self._lines: array[int] = array("q")

    def read(self, cursor: Cursor, scope: Scope) -> None:
        """Everything that is stored now, without a lock."""
        if self.measures.by_event:
            for portion in stored.events(cursor, scope, [self.profile_id], self._events):
                for _, event in portion:
                    self.measures.note_event(self.computed, event)
        if self.measures.by_act:
            self._read_lines(cursor, scope.schema, self._line_ids(cursor, scope.schema))

    def complete(self, cursor: Cursor, scope: Scope, today: int) -> bool:
        """Add what came since; the caller holds the shopper's row. False when something of it has gone meanwhile."""
        if self.measures.by_event:
            now = stored.event_ids(cursor, scope.schema, self.profile_id)
            if (fresh := _fresh(now, self._events)) is None:
                return False
            for _, event in stored.some_events(cursor, scope, self.profile_id, fresh) if fresh else ():
                self.measures.note_event(self.computed, event)
        if self.measures.by_act:
            if (fresh := _fresh(self._line_ids(cursor, scope.schema), self._lines)) is None:
                return False
            self._read_lines(cursor, scope.schema, fresh)
        finish(cursor, scope, {self.profile_id: self.computed}, self.measures, today)
        return True

    def _line_ids(self, cursor: Cursor, schema: str) -> list[int]:
        return stored.line_ids(cursor, schema, self.profile_id, self.measures)

    def _read_lines(self, cursor: Cursor, schema: str, ids: list[int]) -> None:
        self._lines.extend(ids)
        for start in range(0, len(ids), LINES):
            portion = ids[start : start + LINES]
            for line in stored.lines(cursor, schema, [self.profile_id], self.measures, portion):
                self.measures.note_line(self.computed, line, line.product, line, line.at)


def _fresh(now: Collection[int], seen: array[int]) -> list[int] | None:
    """Rows that are there now and were not seen; None when one that was seen is missing."""
    there = set(now)
    before = set(seen)
    return None if before - there else sorted(there - before)
