"""One shopper's recent interactions: what the hot path reads in one query, as one packed blob."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VIEW, CART, PURCHASE = 1, 2, 3
LIMIT = 2_000

_HEADER = struct.Struct("<BBH")  # format, flags (bit 0: wide item keys), number of interactions
_FORMAT = 1
_WIDE = 1


class BadHistory(ValueError):
    """A blob that this version cannot read: another format, or cut short."""


@dataclass(frozen=True)
class ShopperHistory:
    """Interactions of one shopper, oldest first, at most the last ``LIMIT``.

    All arrays have one length. ``item_pk``: catalogue key; ``at``: unix seconds; ``kind``: 1 view, 2 cart,
    3 purchase; ``quantity`` and ``value`` (the shop's currency) of the line; ``place``: store, -1 unknown.
    """

    item_pk: NDArray[np.int64]
    at: NDArray[np.int64]
    kind: NDArray[np.uint8]
    quantity: NDArray[np.float32]
    value: NDArray[np.float32]
    place: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.item_pk)

    @classmethod
    def empty(cls) -> ShopperHistory:
        return cls.of([], [], [])

    @classmethod
    def of(
        cls,
        item_pk: object,
        at: object,
        kind: object,
        quantity: object = 1.0,
        value: object = 0.0,
        place: object = -1,
    ) -> ShopperHistory:
        """From anything array-like in any order; scalars are repeated. Sorted by time (stable) and bounded."""
        item = np.asarray(item_pk, np.int64).reshape(-1)
        n = len(item)

        def full(value: object, dtype: type) -> np.ndarray:
            array: np.ndarray = np.asarray(value, dtype)
            return np.full(n, array, dtype) if array.ndim == 0 else array.reshape(-1)

        when = full(at, np.int64)
        columns = [
            full(kind, np.uint8),
            full(quantity, np.float32),
            full(value, np.float32),
            full(place, np.int32),
        ]
        if any(len(column) != n for column in [when, *columns]):
            raise ValueError("the columns of a history must have one length")
        order = np.argsort(when, kind="stable")[-LIMIT:]
        return cls(item[order], when[order], *(column[order] for column in columns))

    def append(
        self,
        item_pk: object,
        at: object,
        kind: object,
        quantity: object = 1.0,
        value: object = 0.0,
        place: object = -1,
    ) -> ShopperHistory:
        """A new history with these interactions too; late ones land at their own time."""
        new = ShopperHistory.of(item_pk, at, kind, quantity, value, place)
        return ShopperHistory.of(
            *(np.concatenate(pair) for pair in zip(self._columns(), new._columns(), strict=True))
        )

    def before(self, at: int) -> ShopperHistory:
        """What was known before a moment: strictly earlier interactions."""
        end = int(np.searchsorted(self.at, at, side="left"))
        return ShopperHistory(*(column[:end] for column in self._columns()))

    def without(self, item_pk: object) -> ShopperHistory:
        """The history with every interaction of these items taken away."""
        keep = ~np.isin(self.item_pk, np.asarray(item_pk, np.int64))
        return ShopperHistory(*(column[keep] for column in self._columns()))

    def _columns(self) -> tuple[np.ndarray, ...]:
        return (self.item_pk, self.at, self.kind, self.quantity, self.value, self.place)

    def pack(self) -> bytes:
        """Little-endian columns behind a 4-byte header: 21 bytes an interaction (25 when keys exceed 32 bits).

        Whole arrays, uncompressed: unpacking makes views without copying, and Postgres compresses long values itself.
        """
        n = len(self)
        if n > LIMIT:
            raise ValueError(f"a history holds at most {LIMIT} interactions")
        wide = bool(n) and bool(self.item_pk.max() >= 2**31 or self.item_pk.min() < -(2**31))
        at = self.at.astype("<u4") if n else np.empty(0, "<u4")
        if n and (self.at[0] < 0 or self.at[-1] >= 2**32):
            raise ValueError("times must lie between 1970 and 2106")
        parts = [
            self.item_pk.astype("<i8" if wide else "<i4"), at, self.quantity.astype("<f4"),
            self.value.astype("<f4"), self.place.astype("<i4"), self.kind.astype("u1"),
        ]  # fmt: skip
        return _HEADER.pack(_FORMAT, _WIDE if wide else 0, n) + b"".join(part.tobytes() for part in parts)

    @classmethod
    def unpack(cls, blob: bytes | memoryview) -> ShopperHistory:
        """The history that ``pack`` wrote. Raises BadHistory for another format or a cut blob."""
        if len(blob) < _HEADER.size:
            raise BadHistory("no header")
        fmt, flags, n = _HEADER.unpack_from(blob, 0)
        if fmt != _FORMAT:
            raise BadHistory(f"format {fmt} is not readable here")
        types = ["<i8" if flags & _WIDE else "<i4", "<u4", "<f4", "<f4", "<i4", "u1"]
        size = _HEADER.size + n * sum(np.dtype(kind).itemsize for kind in types)
        if len(blob) != size:
            raise BadHistory(f"{len(blob)} bytes where {size} belong")
        columns, offset = [], _HEADER.size
        for kind in types:
            columns.append(np.frombuffer(blob, kind, n, offset))
            offset += n * np.dtype(kind).itemsize
        item, at, quantity, value, place, kinds = columns
        return cls(item.astype(np.int64), at.astype(np.int64), kinds, quantity, value, place)
