"""Features as they were known at moments of the past: training sets that know nothing of what came later."""

from .join import point_in_time, shards
from .parquet import write_parquet

__all__ = ["point_in_time", "shards", "write_parquet"]
