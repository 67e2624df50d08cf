"""What a measure keeps of a shopper and how it is read: add an observation, fold two states, forget old days.

A state is {part: value}. The part is the day (days since 1970, as text) where a window has to forget it, "0"
otherwise. Adding and folding are commutative and associative, so that neither the order of events nor that of merges
shows in the state: numbers are whole ten-thousandths, ties go by value, and what is bounded keeps what a rule over the whole
set picks (the latest values; of values to be counted, those with the smallest hashes, as a bottom-k sketch does: Cohen and
Kaplan 2007).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

from .texts import SCALE, held

DAY = 86_400_000_000
MOST_LISTED = 100  # values of a unique list: the latest ones
MOST_COUNTED = 200  # values among which the most frequent is looked for
MOST_COUNTED_A_DAY = 20  # the same for each day of a window

State = dict[str, Any]
Kind = Literal["number", "text", "date", "names"]


@dataclass(frozen=True)
class Function:
    """`add(before, value, at)` and `fold(one, other)` give the new value of a part, `read(parts, since)` what it means.

    `daily`: the state has a part a day when there is a window; else `read` looks at the moments inside.
    """

    name: str
    words: str
    needs_property: bool
    daily: bool
    add: Callable[[Any, Any, int, int], Any]
    fold: Callable[[Any, Any, int], Any]
    read: Callable[[list[Any], int], Any]


def _one(parts: list[Any]) -> Any:
    return parts[0] if parts else None


def _least(counts: dict[str, int], most: int) -> dict[str, int]:
    if len(counts) <= most:
        return counts
    kept = sorted(counts, key=lambda text: blake2b(text.encode(), digest_size=8).digest())[:most]
    return {text: counts[text] for text in kept}


def _latest(moments: dict[str, int]) -> dict[str, int]:
    if len(moments) <= MOST_LISTED:
        return moments
    kept = sorted(moments.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_LISTED]
    return dict(kept)


def _count_in(before: Any, value: Any, at: int, most: int) -> dict[str, int]:
    counts = before or {}
    counts[value] = counts.get(value, 0) + 1
    return _least(counts, most)


def _fold_counts(one: dict[str, int], other: dict[str, int], most: int) -> dict[str, int]:
    return _least({v: one.get(v, 0) + other.get(v, 0) for v in one | other}, most)


def _frequent(parts: list[Any], since: int) -> str | None:
    counts: dict[str, int] = {}
    for part in parts:
        for value, n in part.items():
            counts[value] = counts.get(value, 0) + n
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None


def _listed(parts: list[Any], since: int) -> list[str] | None:
    moments = _one(parts) or {}
    found = sorted((-at, value) for value, at in moments.items() if at >= since)
    return [value for _, value in found] or None


def _seen(before: Any, value: Any, at: int, most: int) -> dict[str, int]:
    moments = before or {}
    moments[value] = max(at, moments.get(value, at))
    return _latest(moments)


def _pair(choose: Callable[..., Any]) -> Callable[[Any, Any, int, int], Any]:
    return lambda before, value, at, most: [at, value] if before is None else choose(before, [at, value])


FUNCTIONS: dict[str, Function] = {
    f.name: f
    for f in (
        Function(
            "count",
            "Number of times",
            False,
            True,
            lambda before, value, at, most: (before or 0) + 1,
            lambda one, other, most: one + other,
            lambda parts, since: sum(parts),
        ),
        Function(
            "sum",
            "Sum",
            True,
            True,
            lambda before, value, at, most: held((before or 0) + value),
            lambda one, other, most: held(one + other),
            lambda parts, since: sum(parts) / SCALE,
        ),
        Function(
            "average",
            "Average",
            True,
            True,
            lambda before, value, at, most: (
                [held(before[0] + value), before[1] + 1] if before else [value, 1]
            ),
            lambda one, other, most: [held(one[0] + other[0]), one[1] + other[1]],
            lambda parts, since: (
                sum(p[0] for p in parts) / (sum(p[1] for p in parts) * SCALE) if parts else None
            ),
        ),
        Function(
            "minimum",
            "Smallest",
            True,
            True,
            lambda before, value, at, most: value if before is None else min(before, value),
            lambda one, other, most: min(one, other),
            lambda parts, since: min(parts) / SCALE if parts else None,
        ),
        Function(
            "maximum",
            "Largest",
            True,
            True,
            lambda before, value, at, most: value if before is None else max(before, value),
            lambda one, other, most: max(one, other),
            lambda parts, since: max(parts) / SCALE if parts else None,
        ),
        Function("most_frequent", "Most frequent", True, True, _count_in, _fold_counts, _frequent),
        Function(
            "first",
            "First",
            True,
            True,
            _pair(min),
            lambda one, other, most: min(one, other),
            lambda parts, since: min(parts)[1] if parts else None,
        ),
        Function(
            "last",
            "Last",
            True,
            False,
            _pair(max),
            lambda one, other, most: max(one, other),
            lambda parts, since: parts[0][1] if parts and parts[0][0] >= since else None,
        ),
        Function(
            "unique_list",
            "List of all different",
            True,
            False,
            _seen,
            lambda one, other, most: _latest({v: max(one.get(v, 0), other.get(v, 0)) for v in one | other}),
            _listed,
        ),
    )
}
NUMBERS = ("sum", "average", "minimum", "maximum")
