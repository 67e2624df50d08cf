"""What a shopper did since their history was packed: records of one length behind each other, to be appended to.

A packed history (learning.history) of a year is ten kilobytes, which the database would write anew with each click.
The records come into a column of their own, and into the history now and then.
"""

from __future__ import annotations

import numpy as np

from .history import BadHistory, ShopperHistory

RECORD = np.dtype(
    [
        ("item_pk", "<i8"),
        ("at", "<u4"),
        ("quantity", "<f4"),
        ("value", "<f4"),
        ("place", "<i4"),
        ("kind", "u1"),
    ]
)
NAMES = ("item_pk", "at", "kind", "quantity", "value", "place")


def records(columns: dict[str, np.ndarray]) -> np.ndarray:
    """The interactions of `columns` (those of ShopperHistory, `at` in unix seconds), one record each, in their order.

    Raises ValueError for times before 1970 or after 2106, as packing a history does.
    """
    at = columns["at"]
    if len(at) and (at.min() < 0 or at.max() >= 2**32):
        raise ValueError("times must lie between 1970 and 2106")
    made = np.empty(len(at), RECORD)
    for name in NAMES:
        made[name] = columns[name]
    return made


def with_tail(blob: bytes, tail: bytes) -> ShopperHistory:
    """The history of a packed one and the records behind it. Raises BadHistory."""
    history = ShopperHistory.unpack(blob)
    if not tail:
        return history
    if len(tail) % RECORD.itemsize:
        raise BadHistory(f"{len(tail)} bytes are no whole records")
    news = np.frombuffer(tail, RECORD)
    return history.append(*(news[name] for name in NAMES))
