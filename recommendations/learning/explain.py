"""Why an item was answered, found by taking evidence away and scoring again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .artefact import Artefact
from .columns import INDEX, ITEM_STATS, POPULARITY, S
from .compiled.reach import pull
from .features import Context, features
from .history import ShopperHistory
from .serving import looked_at
from .shopper import Shopper
from .sources.base import Arrays
from .vectors import unpacked

CITED = 4  # most items that a taste cites
_NEUTRAL = np.asarray([INDEX[name] for name in POPULARITY])
_OF_ITEM = np.asarray(sorted({INDEX[name] for name in (*POPULARITY, *ITEM_STATS)}))


class Reason(NamedTuple):
    """What decided one item.

    ``kind``: "repurchase", "viewed" (the item itself was looked at), "bought_together", "similar", "taste" (items of
    its category), "popular", "item" (what is known of the item, such as price and age). ``rows``: catalogue rows of the
    items in the shopper's history that are cited, none for the last two. ``score_drop``: score minus the score
    without the evidence, above 0 unless every piece of evidence tried speaks against the item. ``gap_days``: the usual
    time between purchases of what is bought again, 0 when it was bought once.
    """

    kind: str
    rows: tuple[int, ...]
    score_drop: float
    gap_days: float = 0.0


class _Claim(NamedTuple):
    line: int
    kind: str
    items: tuple[int, ...]  # positions among the shopper's items


def explain(
    artefact: Artefact,
    history: ShopperHistory,
    now: int,
    rows: NDArray[np.int32],
    *,
    context: Context | None = None,
    session: Sequence[int] = (),
    scope: str = "all",
    shopper: Shopper | None = None,
) -> list[Reason]:
    """One reason for each catalogue row in ``rows``, as `recommend` would score them for this shopper now.

    Every plausible piece of evidence is removed in turn (items from the history; popularity set to its usual value)
    and the item scored again, all in one prediction. The evidence whose removal costs most is cited. ``shopper``: the
    one of the answer (`Ranked.shopper`), which saves summing the history up again.
    """
    rows = np.asarray(rows, np.int32)
    if not len(rows):
        return []
    context = context or Context()
    shopper = shopper or artefact.shopper(looked_at(history, session, now), now)
    own = _own_lines(shopper, rows)
    everything, others = list(range(len(rows))), [line for line in range(len(rows)) if line not in own]
    # What was bought before is nearly always shown for that: the other claims are tried only where it does not hold.
    claims = _quick_claims(list(own), own) + _claims(shopper, rows, others, artefact.arrays)
    told = _try(artefact, shopper, rows, everything, claims, context, scope)
    unclear = [line for line in own if told[line].score_drop <= 0]
    if unclear:
        claims = _claims(shopper, rows, unclear, artefact.arrays)
        told |= _try(artefact, shopper, rows, unclear, claims, context, scope)
    # Single pieces of evidence can stand in for each other: then only all of them together decided.
    lines = [line for line in range(len(rows)) if told[line].score_drop <= 0]
    if lines and not shopper.fresh:
        reasons = _try(
            artefact, shopper, rows, lines, _wide(shopper, rows, lines, artefact.arrays), context, scope
        )
        told |= {
            line: reason for line, reason in reasons.items() if reason.score_drop > told[line].score_drop
        }
    return [told[line] for line in range(len(rows))]


def _try(
    artefact: Artefact,
    shopper: Shopper,
    rows: NDArray[np.int32],
    lines: list[int],
    claims: list[_Claim],
    context: Context,
    scope: str,
) -> dict[int, Reason]:
    """Score the lines as they are and once without each claim's evidence, all in one prediction."""
    place = {line: index for index, line in enumerate(lines)}
    line = np.asarray([*lines, *(claim.line for claim in claims)])
    without = [*([()] * len(lines)), *(claim.items for claim in claims)]
    numbers = features(shopper, rows[line], artefact.arrays, context, without)
    for kind, columns in (("popular", _NEUTRAL), ("item", _OF_ITEM)):
        these = np.flatnonzero([False] * len(lines) + [claim.kind == kind for claim in claims])
        numbers[np.ix_(these, columns)] = artefact.neutral[columns]
    scores = artefact.ranker.score(numbers, scope).tolist()
    best: dict[int, tuple[int, float, _Claim]] = {}
    for index, claim in enumerate(claims, start=len(lines)):
        drop = scores[place[claim.line]] - scores[index]
        # A property of the item itself only when nothing about people explains it.
        rank = 0 if drop <= 0 else 1 if claim.kind == "item" else 2
        found = best.get(claim.line)
        if found is None or (rank, drop) > found[:2]:
            best[claim.line] = rank, drop, claim
    return {number: _reason(claim, drop, shopper) for number, (_, drop, claim) in best.items()}


def _own_lines(shopper: Shopper, rows: NDArray[np.int32]) -> dict[int, int]:
    """Line → position among the shopper's items, for what they bought before."""
    if shopper.fresh:
        return {}
    position = np.minimum(np.searchsorted(shopper.rows, rows), len(shopper.rows) - 1)
    bought = (shopper.rows[position] == rows) & (shopper.sums[position, S["bought"]] > 0)
    return {int(line): int(position[line]) for line in np.flatnonzero(bought)}


def _quick_claims(lines: list[int], own: dict[int, int]) -> list[_Claim]:
    return [
        claim
        for line in lines
        for claim in (_Claim(line, "popular", ()), _Claim(line, "repurchase", (own[line],)))
    ]


def _wide(shopper: Shopper, rows: NDArray[np.int32], lines: list[int], arrays: Arrays) -> list[_Claim]:
    """Everything of the item's category, the item itself included, and the whole history."""
    claims = []
    for line in lines:
        same = np.flatnonzero(arrays["category"][shopper.rows] == arrays["category"][rows[line]])
        if len(same):
            claims.append(_Claim(line, "taste", tuple(int(item) for item in same)))
        claims.append(_Claim(line, "taste", tuple(range(len(shopper.rows)))))
    return claims


def _claims(shopper: Shopper, rows: NDArray[np.int32], lines: list[int], arrays: Arrays) -> list[_Claim]:
    """What may have decided each item; whether it did is for the scores to say."""
    claims: list[_Claim] = []
    pulled = _pull(shopper, rows[lines], arrays) if lines else {}
    for index, line in enumerate(lines):
        row = rows[line]
        claims += [_Claim(line, "popular", ()), _Claim(line, "item", ())]
        if shopper.fresh:
            continue
        own = int(np.searchsorted(shopper.rows, row))
        there = own < len(shopper.rows) and shopper.rows[own] == row
        if there:
            claims.append(_Claim(line, "repurchase" if shopper.sums[own, S["bought"]] else "viewed", (own,)))
        for kind, strength in pulled.items():
            weights = strength[index].copy()
            if there:
                weights[own] = 0
            best = int(weights.argmax())
            if weights[best] > 0:
                claims.append(_Claim(line, kind, (best,)))
        mine = np.flatnonzero(arrays["category"][shopper.rows] == arrays["category"][row])
        mine = mine[mine != own] if there else mine
        if len(mine):
            order = np.argsort(-shopper.profile[mine] * (1 + shopper.sums[mine, S["fade_60"]]), kind="stable")
            claims.append(_Claim(line, "taste", tuple(int(item) for item in mine[order[:CITED]])))
    return claims


def _pull(shopper: Shopper, rows: NDArray[np.int32], arrays: Arrays) -> dict[str, NDArray[np.float32]]:
    """How strongly each of the shopper's items points at each answered one: kind → [R, D]."""
    together = np.zeros((len(rows), len(shopper.rows)), np.float32)
    if shopper.fresh:
        return {}
    core, weight = arrays["core_of"][rows], shopper.profile + shopper.session
    for name in ("ease", "together"):
        start, target, value = (arrays[f"{name}_{part}"] for part in ("start", "target", "value"))
        pull(shopper.core, weight, start, target, value, core, len(arrays["core_rows"]), together)
    answer = {"bought_together": together}
    if "content_vectors" in arrays:
        near = unpacked("content", arrays, rows) @ unpacked("content", arrays, shopper.rows).T
        answer["similar"] = np.where(near > 0.3, near * (shopper.profile + 4 * shopper.session), 0).astype(
            np.float32
        )
    return answer


def _reason(claim: _Claim, drop: float, shopper: Shopper) -> Reason:
    gap = 0.0
    if claim.kind == "repurchase":
        item = claim.items[0]
        times = float(shopper.sums[item, S["days"]])
        gap = float(shopper.first[item] - shopper.last[item]) / (times - 1) if times > 1 else 0.0
    return Reason(claim.kind, tuple(shopper.rows[list(claim.items)].tolist()), drop, gap)
