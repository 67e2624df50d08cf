"""Lists as binary arrays, column by column: what a batch writes goes through here, some thirty values an event.

psycopg dumps a list value by value, in Python. Numbers are packed here by numpy, texts and bytes in two passes; anything
else (nested lists, NULLs, other types) is left to psycopg, and so is the choice of the type.
"""

from __future__ import annotations

import struct
from array import array
from typing import Any

import numpy as np
from psycopg.types.array import ListBinaryDumper

_HEAD = struct.Struct("!III").pack  # dimensions, whether there are NULLs, type of the elements
_DIMENSION = struct.Struct("!II").pack  # length, first index
_LENGTH = struct.Struct("!I").pack
# Type → how Python holds the values, and how the server wants them.
_NUMBERS = {21: ("q", ">i2"), 23: ("q", ">i4"), 20: ("q", ">i8"), 701: ("d", ">f8")}
_WORDS = frozenset({17, 25})  # bytea, text


class ColumnDumper(ListBinaryDumper):
    """Dumps what psycopg's own does, to the same bytes."""

    def dump(self, obj: list[Any]) -> Any:
        if not obj or self.sub_dumper is None or None in obj:
            return super().dump(obj)
        oid = self.sub_dumper.oid
        if oid in _NUMBERS:
            body = _numbers(obj, *_NUMBERS[oid])
        elif oid in _WORDS and not isinstance(obj[0], list):
            body = _words([self.sub_dumper.dump(value) for value in obj])
        else:
            body = None
        if body is None:
            return super().dump(obj)
        return _HEAD(1, 0, oid) + _DIMENSION(len(obj), 1) + body


def _numbers(values: list[Any], held: str, wanted: str) -> bytes | None:
    """None when they are not all numbers that fit."""
    try:
        found = np.frombuffer(array(held, values), dtype=held)
    except (TypeError, OverflowError):
        return None
    made = np.empty(len(values), [("length", ">i4"), ("value", wanted)])
    made["length"] = made.dtype["value"].itemsize
    made["value"] = found
    return made.tobytes() if held == "d" or bool((made["value"] == found).all()) else None


def _words(values: list[Any]) -> bytes:
    return b"".join([part for value in values for part in (_LENGTH(len(value)), value)])
