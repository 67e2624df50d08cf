"""Changes of the catalogue. Every door (API, feeds, demo data) goes through these functions."""

from .disable import disable_item
from .imports import import_ndjson
from .report import LineError, Report
from .upsert import upsert_items

__all__ = ["LineError", "Report", "disable_item", "import_ndjson", "upsert_items"]
