"""Many short strings in two arrays: a hundred thousand titles in a few megabytes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import accumulate

import numpy as np


class TextPacker:
    """Collects strings."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("q", [0])

    def add(self, values: Iterable[str]) -> None:
        parts = [value.encode() for value in values]
        ends = accumulate(map(len, parts), initial=len(self._data))
        next(ends)
        self._ends.extend(ends)
        self._data += b"".join(parts)

    def packed(self) -> PackedStrings:
        return PackedStrings(bytes(self._data), np.array(self._ends, np.int64))


class PackedStrings:
    """Read-only; index by row. String r ends at ``ends[r + 1]``; strings changed later live beside the packed ones."""

    __slots__ = ("_changed", "_data", "_ends")

    def __init__(self, data: bytes, ends: np.ndarray) -> None:
        self._data = data
        self._ends = ends
        self._changed: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, row: int) -> str:
        changed = self._changed.get(row)
        if changed is not None:
            return changed
        return self._data[self._ends[row] : self._ends[row + 1]].decode()

    def replace(self, row: int, value: str) -> None:
        self._changed[row] = value

    @property
    def nbytes(self) -> int:
        return len(self._data) + self._ends.nbytes
