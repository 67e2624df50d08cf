"""Interactions by binary COPY, straight from numpy columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Cursor

from tenants.columns import HEADER, TRAILER, records

from .frames import History

PORTION = 50_000
_MICROS_2000 = 946_684_800_000_000
_FIXED = (
    ("profile_id", ">i8"),
    ("item_id", ">i8"),
    ("kind", ">i2"),
    ("at", ">i8"),
    ("quantity", ">f8"),
    ("value", ">f8"),
    ("order_key", ">i8"),
    ("place", ">i4"),
    ("origin", ">i8"),
)


def copy_interactions(
    cursor: Cursor,
    schema: str,
    history: History,
    profile_id: NDArray[np.int64],
    item_pk: NDArray[np.int64],
    origin: NDArray[np.int64],
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write all rows but those of shoppers 0, who were erased. Rows of one channel have one width, so each channel's are laid out as one array of records."""
    columns: dict[str, NDArray] = {
        "profile_id": profile_id,
        "item_id": item_pk,
        "kind": history.kind,
        "at": history.at - _MICROS_2000,
        "quantity": history.quantity,
        "value": history.value,
        "order_key": history.order_key,
        "place": history.place,
        "origin": origin,
    }
    names = ", ".join([*(name for name, _ in _FIXED), "channel"])
    statement = f'COPY "{schema}".profiles_interaction ({names}) FROM STDIN (FORMAT binary)'
    written = 0
    with cursor.copy(statement) as copy:
        copy.write(HEADER)
        for number, channel in enumerate(history.channels):
            label = channel.encode()
            fields = [*_FIXED, ("channel", f"S{len(label)}")]
            rows = np.flatnonzero((history.channel == number) & (profile_id > 0))
            for start in range(0, len(rows), PORTION):
                part = rows[start : start + PORTION]
                values: dict[str, Any] = {name: column[part] for name, column in columns.items()}
                copy.write(records(fields, values | {"channel": label}).tobytes())
                written += len(part)
                if progress:
                    progress(written)
        copy.write(TRAILER)
