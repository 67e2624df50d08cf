"""What other rules would make of the shoppers there are: read, never written."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from psycopg import Cursor

from .graph import Graph, read_graph
from .plan import Plan, regroup
from .rules import USER, Rules
from .store import Seen
from .words import Words

PORTION = 300  # links looked at together
LOOK_SECONDS = 2.5
EXAMPLES = 5
Link = tuple[int, bytes, bytes]  # id, a, b


@dataclass(slots=True)
class Difference:
    """`merges`: (gone, kept) profiles; `splits`: profiles that would lose names. `links`, `looked`: there are, were read.

    `seconds` is no limit of the answer: what was not looked at in time is left out and `whole` is False.
    """

    merged: int = 0
    separated: int = 0
    merges: list[tuple[int, int]] = field(default_factory=list)
    splits: list[int] = field(default_factory=list)
    links: int = 0
    looked: int = 0

    @property
    def whole(self) -> bool:
        return self.looked >= self.links

    @property
    def nothing(self) -> bool:
        return not (self.merged or self.separated)


def read_plan(cursor: Cursor, schema: str, names: Iterable[bytes], rules: Rules) -> tuple[Plan, Graph]:
    """What the rules make of these names and of everything that links or profiles connect with them."""
    graph = read_graph(cursor, schema, names, {}, {}, rules)
    seen = Seen(dict(graph.owner), {p for n, p in graph.owner.items() if graph.kinds[n] == USER})
    plan = Plan(seen, known=set(seen.known))
    regroup(plan, graph, Words(), rules)
    return plan, graph


def changes(plan: Plan) -> bool:
    """Whether anybody's profile would be another one."""
    return bool(plan.merges or plan.split or plan.sort)


def look(cursor: Cursor, schema: str, rules: Rules, seconds: float = LOOK_SECONDS) -> Difference:
    """What would change, by the newest links; as many of them as there is time for."""
    row = cursor.execute(f'SELECT count(*) FROM "{schema}".profiles_link').fetchone()
    found = Difference(links=int(row[0]) if row else 0)
    deadline = time.monotonic() + seconds
    seen: set[bytes] = set()
    before = 2**63 - 1
    while time.monotonic() < deadline and (rows := links_before(cursor, schema, before)):
        found.looked += len(rows)
        before = rows[-1][0]
        names = {name for _, a, b in rows for name in (a, b)} - seen
        if not names:
            continue
        plan, graph = read_plan(cursor, schema, names, rules)
        seen |= graph.kinds.keys() | names
        gone = [(merge.gone, merge.kept) for merge in plan.merges]
        found.merged += len(gone)
        found.separated += len({(a, b) for a, b in plan.split})
        found.merges += [(a, b) for a, b in gone if a > 0 and b > 0][: EXAMPLES - len(found.merges)]
        left = list(dict.fromkeys(a for a, _ in plan.split if a > 0))
        found.splits += left[: EXAMPLES - len(found.splits)]
    return found


def links_before(cursor: Cursor, schema: str, before: int) -> list[Link]:
    return cursor.execute(
        f'SELECT id, a, b FROM "{schema}".profiles_link WHERE id < %b ORDER BY id DESC LIMIT {PORTION}',
        [before],
        binary=True,
    ).fetchall()


def links_after(cursor: Cursor, schema: str, after: int, until: int) -> list[Link]:
    return cursor.execute(
        f"""SELECT id, a, b FROM "{schema}".profiles_link WHERE id > %b AND id <= %b
            ORDER BY id LIMIT {PORTION}""",
        [after, until],
        binary=True,
    ).fetchall()
