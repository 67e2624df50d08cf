"""The tables as a page of documentation, out of the same definitions that the files are written by."""

from __future__ import annotations

from .table import Table, tables

_HOW = {
    "queue": "each row once, within about a minute",
    "numbered": "each row once, within a minute or two",
    "snapshot": "all rows once a day, after 03:00 UTC; 14 days are kept",
    "recent": "the last {days} days again and again",
}
_HEAD = """# Tables of the warehouse

Every table lies in Hive partitions `TABLE/dt=YYYY-MM-DD/*.parquet` (zstd), with `_schema.json` and `_manifest.json` beside them: see
[destinations.md](destinations.md). Columns are only ever added, at the end. Times are UTC in microseconds; JSON is text. This page is
written by `manage.py describe_export`.
"""


def described() -> str:
    """Markdown with a section a table, in the order of settings.EXPORT_TABLES."""
    return _HEAD + "".join(_section(table) for table in tables().values())


def _section(table: Table) -> str:
    personal = " *Personal data*: only where the merchant allowed it." if table.personal else ""
    how = _HOW[table.kind].format(days=table.days)
    rows = "".join(f"| `{one.name}` | {one.type} | {one.about} |\n" for one in table.columns)
    return (
        f"\n## {table.name}\n\n{table.about}; {how}. Key: `{table.key}`.{personal}\n\n"
        f"| column | type | |\n|---|---|---|\n{rows}"
    )
