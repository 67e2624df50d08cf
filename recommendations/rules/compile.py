"""A placement's rules as masks, weights and pins over the catalogue's rows: applying them is then a few look-ups.

Exclude beats everything. Several filters must all hold. Filters bind pins too: a pin outside is dropped, and so is
one that can't be sold. Boosts multiply, buries divide, each rule once. Rules act in the order of their ids.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .matching import Columns, matched, rows_of_ids


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One active rule and the rows that it matches (ascending); what a decision trace cites."""

    rule_id: int
    name: str
    action: str
    weight: float
    position: int
    rows: NDArray[np.int64]

    def touches(self, row: int) -> bool:
        at = int(np.searchsorted(self.rows, row))
        return at < len(self.rows) and bool(self.rows[at] == row)


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """`exclude`, `filter` (None: no filter rule) and `weight` have one entry per catalogue row.

    `pins`: (position, row), positions from 1, ascending, each position and each row once.
    `valid_until`: when a period begins or ends and the rules must be compiled anew; None when never.
    """

    exclude: NDArray[np.bool_]
    filter: NDArray[np.bool_] | None
    weight: NDArray[np.float32]
    pins: tuple[tuple[int, int], ...]
    hits: tuple[RuleHit, ...]
    valid_until: dt.datetime | None

    def allowed(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mask over `rows`: neither excluded nor outside a filter."""
        ok: NDArray[np.bool_] = ~self.exclude[rows]
        return ok if self.filter is None else ok & self.filter[rows]

    def touching(self, row: int) -> list[RuleHit]:
        """The rules that match this row; a filter is listed for what it keeps."""
        return [hit for hit in self.hits if hit.touches(row)]


def compile_rules(rules: Iterable[Any], columns: Columns, placement: str, now: dt.datetime) -> CompiledRules:
    """Compile those of `rules` (as `recommendations.models.Rule`) that are in force at `placement` now."""
    here = sorted(
        (r for r in rules if r.enabled and (r.placement is None or r.placement.key == placement)),
        key=lambda r: r.id,
    )
    count = len(columns)
    # Broadcast: without a rule of a kind its column costs no memory.
    exclude: NDArray[np.bool_] = np.broadcast_to(np.False_, count)
    weight: NDArray[np.float32] = np.broadcast_to(np.float32(1), count)
    only: NDArray[np.bool_] | None = None
    hits = []
    wishes: list[tuple[int, list[int]]] = []
    for rule in here:
        if not in_force(rule, now):
            continue
        mask = matched(columns, rule.match)
        hits.append(
            RuleHit(rule.id, rule.name, rule.action, rule.weight, rule.position, np.flatnonzero(mask))
        )
        if rule.action == "exclude":
            exclude = exclude | mask
        elif rule.action == "filter":
            only = mask if only is None else only & mask
        elif rule.action in ("boost", "bury"):
            factor = rule.weight if rule.action == "boost" else 1 / rule.weight
            weight = np.where(mask, weight * np.float32(factor), weight).astype(np.float32)
        elif rule.action == "pin":
            rows = [row for row in rows_of_ids(columns, rule.match.get("item_ids", ())) if mask[row]]
            wishes.append((rule.position, rows))
    showable = columns.sellable & ~exclude if only is None else columns.sellable & ~exclude & only
    return CompiledRules(
        exclude, only, weight, _settle(wishes, showable), tuple(hits), _next_change(here, now)
    )


def in_force(rule: Any, now: dt.datetime) -> bool:
    return (rule.starts_at is None or rule.starts_at <= now) and (rule.ends_at is None or now < rule.ends_at)


def _settle(wishes: list[tuple[int, list[int]]], showable: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """Places for (first position, rows) of each pin rule: one item per position, one position per item.

    Who can't be shown leaves no gap; who comes second takes the next free position.
    """
    taken: dict[int, int] = {}
    for first, rows in wishes:
        position = first
        for row in rows:
            if row in taken.values() or not showable[row]:
                continue
            while position in taken:
                position += 1
            taken[position] = row
    return tuple(sorted(taken.items()))


def _next_change(rules: list[Any], now: dt.datetime) -> dt.datetime | None:
    edges = (edge for rule in rules for edge in (rule.starts_at, rule.ends_at) if edge is not None)
    return min((edge for edge in edges if edge > now), default=None)
