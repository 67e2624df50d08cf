"""How a file is to be read: its form, its columns and what they mean."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Form = Literal["ndjson", "csv", "parquet"]
DateOrder = Literal["ymd", "dmy", "mdy"]


@dataclass(frozen=True)
class Layout:
    """`columns` as they stand in the file; `mapping`: column → field (see fields), "" is left out.

    `spec`: each line is an event of the tracking spec already, and nothing is mapped. `event`: the name of events whose
    line names none. `time_zone`: of times that name none. `as_of`: when profiles without a time were so.
    """

    form: Form
    columns: tuple[str, ...] = ()
    spec: bool = False
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."
    date_order: DateOrder = "ymd"
    time_zone: str = "UTC"
    event: str = ""
    as_of: str = ""
    mapping: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Layout:
        return cls(**{**stored, "columns": tuple(stored.get("columns", ()))})

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "columns": list(self.columns)}

    def changed(self, **fields: Any) -> Layout:
        return replace(self, **fields)

    def column_of(self, wanted: str) -> str | None:
        """The column that is mapped to a field."""
        return next((column for column, meaning in self.mapping.items() if meaning == wanted), None)
