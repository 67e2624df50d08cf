"""Values in bins that are the same on every day, so that days can be added up and compared. No Django here."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# Twice as wide from bin to bin, roughly: what counts and sums of money look like.
_EDGES = (0, 1, 2, 3, 5, 8, 13, 20, 35, 50, 75, 100, 150, 200, 350, 500, 1000, 2000, 5000, 10_000, 100_000)
_ABOVE = f"over {_EDGES[-1]:,}"
_NUMBERS = ("under 0", "0", *(f"{a:,}–{b:,}" for a, b in itertools.pairwise(_EDGES)), _ABOVE)
_COUNTS = (
    "under 0",
    "0",
    *(f"{b:,}" if b == a + 1 else f"{a + 1:,}–{b:,}" for a, b in itertools.pairwise(_EDGES)),
    _ABOVE,
)
_SHARES = ("0 %", *(f"{5 * step}–{5 * step + 5} %" for step in range(20)), "over 100 %")
MOST_NAMES = 40
# What only one or two people are called, or like, says too much about them to stand in a report.
LEAST_NAMED = 3
_NAMED = ("text", "shares", "integer or band")
OTHER = "all others"


def bin_of(kind: str, value: Any) -> str | None:
    """The bin of a value of a feature of this type; None when there is no value."""
    if value is None or value == {} or value == "":
        return None
    if isinstance(value, Mapping):
        return str(next(iter(value)))
    if isinstance(value, str):
        return value
    if kind.startswith("integer or"):
        return f"{int(value) // 10 * 10}–{int(value) // 10 * 10 + 9}"
    if kind == "ratio":
        return _share(float(value))
    return _number(_COUNTS if kind == "integer" else _NUMBERS, float(value))


def _number(scale: Sequence[str], value: float) -> str:
    if value <= 0:
        return scale[0] if value < 0 else scale[1]
    return next((scale[i + 1] for i, edge in enumerate(_EDGES) if i and value <= edge), _ABOVE)


def _share(value: float) -> str:
    if value <= 0:
        return _SHARES[0]
    return _SHARES[-1] if value > 1 else _SHARES[1 + min(int(value * 20 - 1e-9), 19)]


def histogram(kind: str, values: Iterable[Any]) -> dict[str, int]:
    """Bin → how many. Of more than 40 names the rarest are counted together, and those of one or two people always."""
    found: dict[str, int] = {}
    for value in values:
        name = bin_of(kind, value)
        if name is not None:
            found[name] = found.get(name, 0) + 1
    if kind not in _NAMED:
        return found
    often = sorted((n for n, count in found.items() if count >= LEAST_NAMED), key=lambda n: (-found[n], n))
    kept = {name: found[name] for name in often[:MOST_NAMES]}
    rest = sum(found.values()) - sum(kept.values())
    return {**kept, OTHER: rest} if rest else kept


def added(histograms: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in histograms:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return total


def ordered(names: Iterable[str], counts: Mapping[str, int]) -> list[str]:
    """Bins of numbers by size; names by how often they occur, what is left over last."""
    names = list(names)
    for scale in (_COUNTS, _NUMBERS, _SHARES):
        if all(name in scale for name in names):
            return [name for name in scale if name in set(names)]
    if all(name[:1].isdigit() for name in names):
        return sorted(names, key=lambda name: int("".join(c for c in name.split("–")[0] if c.isdigit()) or 0))
    return sorted(names, key=lambda name: (name == OTHER, -counts.get(name, 0), name))


def shares(names: Sequence[str], counts: Mapping[str, int]) -> list[float]:
    """Per cent of each bin."""
    whole = sum(counts.values())
    return [100 * counts.get(name, 0) / whole if whole else 0.0 for name in names]
