"""What became of the lines of a bulk change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KEPT_ERRORS = 1000


@dataclass(frozen=True, slots=True)
class LineError:
    line: int
    item_id: str | None
    code: str
    message: str


@dataclass(slots=True)
class Report:
    """Counts of lines: `lines` is the sum of the five others. The first 1,000 errors are kept, all are counted.

    `repeated`: the same item came again within the same batch, and the later line was laid over it.
    """

    lines: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    rejected: int = 0
    errors: list[LineError] = field(default_factory=list)

    def reject(self, line: int, item_id: str | None, code: str, message: str) -> None:
        self.rejected += 1
        if len(self.errors) < KEPT_ERRORS:
            self.errors.append(LineError(line, item_id, code, message))

    def counts(self) -> dict[str, int]:
        return {
            "lines": self.lines,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "repeated": self.repeated,
            "rejected": self.rejected,
        }

    def error_list(self) -> list[dict[str, Any]]:
        return [
            {"line": e.line, "item_id": e.item_id, "code": e.code, "message": e.message} for e in self.errors
        ]
