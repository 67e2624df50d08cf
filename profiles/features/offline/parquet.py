"""The point-in-time join into a Parquet file, shard by shard: for training sets that are larger than memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tenants.scope import Scope

from ..arrow import arrow_columns, arrow_fields
from ..definitions import chosen
from .join import FACTS_AT_ONCE, shards

ROW = "row"


def write_parquet(
    scope: Scope,
    frame: pd.DataFrame,
    path: Path,
    features: Sequence[str] | None = None,
    *,
    events: bool = True,
    facts_at_once: int = FACTS_AT_ONCE,
) -> int:
    """Write `point_in_time` of `frame` to `path`; how many rows.

    The frame's own columns come first, then `row` (the position in the frame: shards are by shopper, so the file has another
    order), then the features as features.arrow has them. A file that is there is replaced once the new one is whole.
    """
    wanted = chosen(features)
    own = pa.Schema.from_pandas(frame, preserve_index=False)
    fields = [(name, kind) for feature in wanted for name, kind in arrow_fields(feature)]
    schema = pa.schema([*own, pa.field(ROW, pa.int64()), *(pa.field(*field) for field in fields)])
    unfinished = path.with_name(f".{path.name}.part")
    rows = 0
    try:
        with pq.ParquetWriter(unfinished, schema) as writer:
            for places, values in shards(scope, frame, features, events=events, facts_at_once=facts_at_once):
                kept = pa.Table.from_pandas(frame.iloc[places], schema=own, preserve_index=False)
                columns = {name: kept.column(name) for name in own.names}
                columns[ROW] = pa.array(places)
                for feature in wanted:
                    columns |= arrow_columns(feature, values[feature.name])
                writer.write_table(pa.Table.from_pydict(columns, schema=schema))
                rows += len(places)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return rows
