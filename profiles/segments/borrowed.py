"""What a preview asks of events that nothing keeps yet: the states of a sample, made of the stored events on the spot.

They are put under the profiles' own states for the length of one statement, so that the same SQL judges by them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec
import orjson
from psycopg import Cursor

from tenants.scope import Scope

from ..days import calendar_of
from ..traits.history import states_of
from ..traits.states import Measures, kept
from .definition import Node
from .moments import today
from .needs import needs
from .stock import NotReady, Stock, Stored

PORTION = 250
# Keys of states that no aggregate has.
_FIRST = 2_000_000_000


@dataclass
class Ground:
    """What one preview's statements stand on. `profiles`: SQL of the rows that are asked about."""

    scope: Scope
    node: Node
    documents: Mapping[str, Any]
    stock: Stock
    missing: Measures = field(init=False)
    params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lent = {}
        for number, (digest, measure) in enumerate(needs(self.node, self.documents).measures.items()):
            try:
                self.stock.of(measure)
            except NotReady:
                definition = msgspec.json.encode(measure).decode()
                lent[digest] = (measure, kept(_FIRST + number, digest, definition))
        self.missing = Measures.of((one for _, one in lent.values()), calendar_of(self.scope.schema))
        measures = {d: Stored(one.key, measure) for d, (measure, one) in lent.items()}
        self.stock = Stock(self.stock.traits, {**self.stock.measures, **measures})

    @property
    def profiles(self) -> str:
        table = f'"{self.scope.schema}".profiles_profile'
        if "lent" not in self.params:
            return table
        return (
            "(SELECT q.id, q.first_seen_at, q.last_seen_at, q.features, q.counters,"
            " q.computed || coalesce(t.states, '{}') AS computed"
            f" FROM unnest(%(lent_ids)s::bigint[], %(lent)s::jsonb[]) AS t(id, states) JOIN {table} q ON q.id = t.id)"
        )

    def borrow(self, cursor: Cursor, drawn: Mapping[int, int], seconds: float) -> dict[int, int]:
        """Make the missing states of those drawn, as many as the time allows; of whom they are, with their blocks.

        Block by block in an order that has nothing to do with them: what the time does not suffice for makes the sample
        smaller, not biased.
        """
        deadline = time.monotonic() + seconds
        made: dict[int, Any] = {}
        ids = sorted(drawn, key=lambda profile: _shuffled(drawn[profile]))
        for start in range(0, len(ids), PORTION):
            made |= states_of(
                cursor, self.scope, ids[start : start + PORTION], self.missing, today(self.missing.days)
            )
            if time.monotonic() > deadline:
                break
        self.params = {
            "lent_ids": list(made),
            "lent": [orjson.dumps(states).decode() for states in made.values()],
        }
        return {profile: drawn[profile] for profile in made}


def _shuffled(block: int) -> bytes:
    return blake2b(block.to_bytes(8, "big"), digest_size=8).digest()
