"""Shopper states with a processed batch: what happened is appended, and packed into the history now and then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from psycopg import Cursor

from profiles.selectors import profile_interactions

from .learning.history import BadHistory, ShopperHistory
from .learning.tail import NAMES, records, with_tail
from .state import history_of, serving_kinds

# Some forty records; the row stays short enough to be kept and changed in place.
LONGEST_TAIL = 1000
_EMPTY = ShopperHistory.empty().pack()


def append_to_states(cursor: Cursor, schema: str, columns: dict[str, np.ndarray]) -> None:
    """Append interactions (see profiles.batch) to their shoppers' states. One statement, mostly.

    The caller holds the profiles' rows, so nobody else writes these states meanwhile.
    """
    kinds = serving_kinds(columns["kind"])
    keep = kinds > 0
    if not keep.any():
        return
    columns = {name: column[keep] for name, column in {**columns, "kind": kinds}.items()}
    order = np.argsort(columns["profile_id"], kind="stable")
    shoppers, start = np.unique(columns["profile_id"][order], return_index=True)
    made = records({name: columns[name][order] for name in NAMES})
    rows = cursor.execute(
        f"""INSERT INTO "{schema}".recommendations_shopperstate AS s (profile_id, blob, tail, updated_at)
            SELECT profile_id, %b, tail, now() FROM unnest(%b::bigint[], %b::bytea[]) AS t(profile_id, tail)
            ON CONFLICT (profile_id) DO UPDATE SET tail = s.tail || EXCLUDED.tail, updated_at = now()
            RETURNING profile_id, octet_length(tail)""",
        [_EMPTY, shoppers.tolist(), [part.tobytes() for part in np.split(made, start[1:])]],
        prepare=True,
    ).fetchall()
    long = [shopper for shopper, length in rows if length > LONGEST_TAIL]
    if long:
        _pack(cursor, schema, _read(cursor, schema, long))


def join_states(cursor: Cursor, schema: str, merged: Sequence[tuple[int, int]]) -> None:
    """Shoppers turned out to be others: what was known of the one who is gone now belongs to the one who is kept.

    `merged`: (gone, kept), in order; a kept one may be gone later.
    """
    if not merged:
        return
    states = _read(cursor, schema, list({shopper for pair in merged for shopper in pair}))
    changed = set()
    for gone, kept in merged:
        theirs = states.pop(gone, None)
        if theirs is None:
            continue
        ours = states.get(kept)
        states[kept] = theirs if ours is None else ours.append(*(getattr(theirs, name) for name in NAMES))
        changed.add(kept)
    cursor.execute(
        f'DELETE FROM "{schema}".recommendations_shopperstate WHERE profile_id = ANY(%b::bigint[])',
        [[gone for gone, _ in merged]],
    )
    _pack(cursor, schema, {kept: states[kept] for kept in changed if kept in states})


def rebuild_states_of(cursor: Cursor, schema: str, shoppers: Sequence[int]) -> None:
    """Make the states of shoppers whose past changed anew from their interactions."""
    columns = profile_interactions(shoppers)
    keep = serving_kinds(columns["kind"]) > 0
    columns = {name: column[keep] for name, column in columns.items()}
    _pack(
        cursor,
        schema,
        {shopper: history_of(columns, columns["profile_id"] == shopper) for shopper in shoppers},
    )


def _read(cursor: Cursor, schema: str, shoppers: list[int]) -> dict[int, ShopperHistory]:
    rows = cursor.execute(
        f"""SELECT profile_id, blob, tail FROM "{schema}".recommendations_shopperstate
            WHERE profile_id = ANY(%b::bigint[])""",
        [shoppers],
        binary=True,
    ).fetchall()
    return {shopper: _readable(blob, tail) for shopper, blob, tail in rows}


def _readable(blob: bytes, tail: bytes) -> ShopperHistory:
    try:
        return with_tail(blob, tail)
    except BadHistory:
        # Of a format of another release: `manage.py rebuild_states` makes it anew; until then the news count.
        return with_tail(_EMPTY, tail)


def _pack(cursor: Cursor, schema: str, states: dict[int, ShopperHistory]) -> None:
    """Write whole histories, with nothing behind them."""
    if not states:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".recommendations_shopperstate (profile_id, blob, tail, updated_at)
            SELECT profile_id, blob, '', now() FROM unnest(%b::bigint[], %b::bytea[]) AS t(profile_id, blob)
            ON CONFLICT (profile_id) DO UPDATE SET blob = EXCLUDED.blob, tail = '', updated_at = now()""",
        [list(states), [history.pack() for history in states.values()]],
    )
