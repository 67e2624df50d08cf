"""What a figure is, what it has to reach, and whether it does."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

TARGETS = Path(__file__).with_name("targets.toml")


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value beside its reference from the same run. `ratio` is value over reference.

    `note`: one line for the terminal, such as other percentiles or the stages' means.
    """

    name: str
    value: float
    unit: str
    protocol: str
    reference: str = ""
    reference_value: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference_value if self.reference_value else None


@dataclass(frozen=True, slots=True)
class Goal:
    """`of`: whether the target speaks of the value or of the ratio to the reference."""

    of: str
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if self.of not in ("value", "ratio"):
            raise ValueError(f"a target is of the value or of the ratio, not of {self.of!r}")
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a target has either at_least or at_most")

    def holds(self, figure: Figure) -> bool:
        """A figure whose ratio cannot be told misses its target."""
        number = figure.value if self.of == "value" else figure.ratio
        if number is None:
            return False
        if self.at_least is not None:
            return number >= self.at_least
        return self.at_most is not None and number <= self.at_most

    def words(self, unit: str) -> str:
        sign, limit = ("≥", self.at_least) if self.at_least is not None else ("≤", self.at_most)
        return f"{sign} {limit:g} × reference" if self.of == "ratio" else f"{sign} {limit:,g} {unit}"


def load_goals(path: Path = TARGETS) -> dict[str, Goal]:
    """Figure → its target; figures that are only printed have none."""
    return {name: Goal(**fields) for name, fields in tomllib.loads(path.read_text()).items()}


def judged(figure: Figure, goals: dict[str, Goal], machine: dict[str, Any]) -> dict[str, Any]:
    """The figure as it goes into results.json; `holds` is None where there is no target."""
    goal = goals.get(figure.name)
    return {
        **{k: v for k, v in asdict(figure).items() if k != "note"},
        "ratio": figure.ratio,
        "target": goal.words(figure.unit) if goal else None,
        "holds": goal.holds(figure) if goal else None,
        "note": figure.note,
        "machine": machine,
    }
