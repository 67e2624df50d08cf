"""Features as columns of Arrow and Parquet: for training sets and exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from .definitions import Feature

_TYPES: dict[str, pa.DataType] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "ratio": pa.float64(),
    "text": pa.string(),
    "integer or band": pa.string(),
    "shares": pa.list_(pa.string()),
}


def arrow_fields(feature: Feature) -> Iterator[tuple[str, pa.DataType]]:
    """(name, type): shares are two lists, names and weights."""
    yield feature.name, _TYPES[feature.type]
    if feature.type == "shares":
        yield f"{feature.name}_shares", pa.list_(pa.float64())


def arrow_columns(feature: Feature, values: Iterable[Any]) -> dict[str, list[Any]]:
    """Values as `Feature.read` gives them, by the names of `arrow_fields`."""
    given = list(values)
    if feature.type == "shares":
        return {
            feature.name: [list(one or {}) for one in given],
            f"{feature.name}_shares": [list((one or {}).values()) for one in given],
        }
    if feature.type == "integer or band":
        return {feature.name: [None if one is None else str(one) for one in given]}
    return {feature.name: given}
