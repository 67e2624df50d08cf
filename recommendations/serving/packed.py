"""Many short strings in two arrays: a hundred thousand titles in a few megabytes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


class PackedStrings:
    """Read-only; index by row. Strings added later live beside the packed ones."""

    __slots__ = ("_changed", "_data", "_ends")

    def __init__(self, values: Iterable[str]) -> None:
        encoded = [value.encode() for value in values]
        self._data = b"".join(encoded)
        self._ends = np.cumsum([0, *(len(e) for e in encoded)], dtype=np.int64)
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
