"""Geometry of intervals over time: a band and a line for each series, positions in per cent of the plot.

No Django here, as in tenants.console.plots.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float, float]  # value, low, high
# How wide a lonely interval is drawn, in per cent of the plot: a polygon of one moment alone cannot be seen.
STUB = 4.0


@dataclass(frozen=True)
class Band:
    """`area` and `line`: points of an SVG polygon and polyline. `at`, `top`, `bottom`: where its newest point lies."""

    name: str
    tone: int
    area: str
    line: str
    at: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Slice:
    """What the pointer finds: a strip of the plot and its words."""

    x: float
    width: float
    tip: str


@dataclass(frozen=True)
class Bands:
    """`ticks`: per cent from the top and text. `moments`: per cent from the left and seconds. `zero`: per cent."""

    bands: tuple[Band, ...]
    slices: tuple[Slice, ...]
    ticks: tuple[tuple[float, str], ...]
    moments: tuple[tuple[float, float], ...]
    zero: float


def bands(
    times: Sequence[float],
    series: Sequence[tuple[str, Sequence[Point | None]]],
    *,
    tips: Sequence[str],
    write: Callable[[float], str],
    tones: Sequence[int] = (1, 4, 5, 2, 6, 3),
) -> Bands | None:
    """Intervals at ascending `times` (seconds), each named series with a point or None per time; None without any point.

    Early intervals are often wider than all that follows: the axis is made for the later two thirds, and what goes beyond
    is cut at the edge.
    """
    late = [p for _, points in series for p in _known(points)[len(_known(points)) // 3 :]]
    if not late:
        return None
    everything = [p for _, points in series for p in _known(points)]
    bottom, top, step = _axis(
        min(p[1] for p in late),
        max(p[2] for p in late),
        below=min(p[1] for p in everything) < 0,
        above=max(p[2] for p in everything) > 0,
    )
    first, last = times[0], times[-1]

    def x(at: float) -> float:
        return round(100 * (at - first) / (last - first), 2) if last > first else 100.0

    def y(value: float) -> float:
        return round(100 * (top - min(max(value, bottom), top)) / (top - bottom), 2)

    made = []
    for tone, (name, points) in zip(_cycle(tones, len(series)), series, strict=True):
        seen = [(x(at), p) for at, p in zip(times, points, strict=True) if p is not None]
        if not seen:
            continue
        if seen[0][0] == seen[-1][0]:
            at, newest = seen[-1]
            start = round(min(at, 100.0 - STUB), 2)
            seen = [(start, newest), (start + STUB, newest)]
        upper = [f"{at},{y(p[2])}" for at, p in seen]
        lower = [f"{at},{y(p[1])}" for at, p in reversed(seen)]
        value, low, high = seen[-1][1]
        made.append(
            Band(
                name=name,
                tone=tone,
                area=" ".join(upper + lower),
                line=" ".join(f"{at},{y(p[0])}" for at, p in seen),
                at=y(value),
                top=y(high),
                bottom=y(low),
            )
        )
    count = round((top - bottom) / step)
    return Bands(
        bands=tuple(made),
        slices=_slices([x(at) for at in times], tips),
        ticks=tuple((y(bottom + i * step), write(bottom + i * step)) for i in range(count + 1)),
        moments=_moments(first, last),
        zero=y(0),
    )


def _moments(first: float, last: float) -> tuple[tuple[float, float], ...]:
    """Five along the axis, fewer where seconds would be written twice."""
    steps = min(4, int(last - first))
    return (
        tuple((100.0 * i / steps, first + (last - first) * i / steps) for i in range(steps + 1))
        if steps
        else ((100.0, last),)
    )


def _known(points: Sequence[Point | None]) -> list[Point]:
    return [point for point in points if point is not None]


def _cycle(tones: Sequence[int], count: int) -> list[int]:
    return [tones[i % len(tones)] for i in range(count)]


def _axis(low: float, high: float, *, below: bool, above: bool) -> tuple[float, float, float]:
    """(bottom, top, step): about five round steps that hold both ends and zero.

    below, above: something reaches beyond zero there, so that a band which is cut must not seem to end at zero.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    spread = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(spread / 5))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= spread / 5 * 0.999)
    bottom = math.floor(low / step + 1e-9) * step
    top = math.ceil(high / step - 1e-9) * step
    bottom, top = bottom - step * (below and bottom == 0), top + step * (above and top == 0)
    return bottom, top if top > bottom else bottom + step, step


def _slices(places: Sequence[float], tips: Sequence[str]) -> tuple[Slice, ...]:
    """Each place reaches halfway to its neighbours."""
    edges = [0.0, *((a + b) / 2 for a, b in pairwise(places)), 100.0]
    return tuple(
        Slice(round(left, 2), round(max(right - left, 0.0), 2), tip)
        for (left, right), tip in zip(pairwise(edges), tips, strict=True)
    )
