"""Geometry of the console's plots: numbers in, positions in per cent out. Drawn by templates/console/parts/.

No Django here: the templates turn these into SVG, so that plots need no script, follow the theme and print.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A part of a column: `y` and `height` in per cent from the top of the plot, `tone` 1–6 the colour."""

    y: float
    height: float
    tone: int


@dataclass(frozen=True)
class Column:
    x: float
    width: float
    label: str
    tip: str
    pieces: tuple[Piece, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Columns:
    """Stacked columns over time. `ticks`: per cent from the top and text; `labels`: per cent from the left and text."""

    columns: tuple[Column, ...]
    names: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[tuple[float, str], ...]
    total: float


def short(value: float) -> str:
    """1234567 → "1.2M": for axes, where only the order of magnitude counts."""
    for limit, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{suffix}"
    return f"{value:.3g}"


def nice_ceiling(value: float) -> float:
    """The next 1, 2, 2.5 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * 0.999)


def columns(
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    tips: Sequence[str] | None = None,
    tones: Sequence[int] | None = None,
    shown_labels: int = 6,
) -> Columns:
    """Stack `series` (name → one value per label, all of the same length as `labels`), first at the bottom."""
    count = len(labels)
    totals = [sum(values[i] for values in series.values()) for i in range(count)]
    top = nice_ceiling(max(totals, default=0))
    tones = tones or range(1, len(series) + 1)
    made = []
    for i in range(count):
        pieces, below = [], 0.0
        for tone, values in zip(tones, series.values(), strict=True):
            height = 100 * values[i] / top
            if height > 0:
                pieces.append(Piece(round(100 - below - height, 3), round(height, 3), tone))
            below += height
        spoken = ", ".join(f"{name} {values[i]:,.0f}" for name, values in series.items())
        made.append(
            Column(
                x=round(100 * i / count, 3),
                width=round(100 / count * 0.76, 3),
                label=labels[i],
                tip=tips[i] if tips else f"{labels[i]}: {spoken}",
                pieces=tuple(pieces),
                values=tuple(values[i] for values in series.values()),
            )
        )
    step = max(1, math.ceil(count / shown_labels))
    return Columns(
        columns=tuple(made),
        names=tuple(series),
        ticks=tuple((100 - 50 * half, short(top * half / 2)) for half in (0, 1, 2)),
        # From the end backwards: the newest column is the one people look for.
        labels=tuple(
            (round(made[i].x + made[i].width / 2, 2), labels[i]) for i in range(count - 1, -1, -step)
        )[::-1],
        total=sum(totals),
    )


@dataclass(frozen=True)
class Interval:
    """One line of an interval plot; `at`, `low` and `high` in per cent of the axis."""

    name: str
    value: float
    low: float
    high: float
    at: float
    left: float
    width: float
    strong: bool
    known: bool


def intervals(rows: Sequence[tuple[str, float, float | None, float | None, bool]]) -> list[Interval]:
    """Lines from (name, value, low, high, strong) on a common axis that starts at zero."""
    highest = max((row[3] if row[3] is not None else row[1] for row in rows), default=0)
    top = nice_ceiling(highest)
    made = []
    for name, value, low, high, strong in rows:
        known = low is not None and high is not None
        left, right = (low, high) if low is not None and high is not None else (value, value)
        made.append(
            Interval(
                name=name,
                value=value,
                low=left,
                high=right,
                at=round(100 * value / top, 2),
                left=round(100 * left / top, 2),
                width=round(100 * (right - left) / top, 2),
                strong=strong,
                known=known,
            )
        )
    return made
