"""Examples for the blend: at earlier moments, what serving would have computed, and what the shopper did next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .candidates import gather
from .data import DAY, PURCHASE, VIEW, Catalogue, Interactions
from .features import FEATURES, Context, Floats, features
from .shopper import Shopper
from .sources.base import Arrays

NEGATIVES = 110  # per example list; all positives are kept
FEWEST = 200  # interactions before a blend is learned at all


@dataclass(frozen=True)
class Plan:
    """Moments to learn at. ``cuts``: ends of what is known, newest first; ``horizon``: seconds of label after each."""

    cuts: tuple[int, ...]
    horizon: int
    label: str
    browsing: bool
    reason: str = ""


@dataclass(frozen=True)
class Examples:
    """numbers float32 [N, F]; labels 0 or 1; groups: lines of each list, summing to N."""

    numbers: Floats
    labels: NDArray[np.float32]
    groups: NDArray[np.int64]


def plan(log: Interactions, as_of: int, horizon_days: float, windows: int) -> Plan:
    """Label windows end to end before ``as_of``, shorter and fewer when the log is short."""
    if not len(log):
        return Plan((), int(horizon_days * DAY), "purchase", False, "no_interactions")
    browsing = bool((log.kind == VIEW).mean() > 0.05)
    if len(log) < FEWEST or len(np.unique(log.shopper)) < 10:
        return Plan((), int(horizon_days * DAY), "purchase", browsing, "too_few_interactions")
    span = as_of - int(log.at.min())
    horizon = int(min(horizon_days * DAY, span / 4))
    count = max(1, min(windows, int(span / horizon) - 2))
    cuts = tuple(as_of - horizon * (index + 1) for index in range(count))
    bought = int(((log.kind == PURCHASE) & (log.at >= cuts[-1])).sum())
    return Plan(cuts, horizon, "purchase" if bought >= 500 else "engagement", browsing)


def collect(
    log: Interactions,
    catalogue: Catalogue,
    arrays: Arrays,
    schedule: Plan,
    cut: int,
    head: str,
    seed: int,
    shoppers: int,
    progress: Callable[[str, int, int], None],
) -> Examples:
    """Lists of candidates with labels at one cut: for each shopper at the cut and, in shops with browsing, mid-visit.

    ``arrays`` must have been fitted on what happened before ``cut``.
    """
    rng = np.random.default_rng([seed, cut % 2**31, head == "new"])
    end = cut + schedule.horizon
    window = np.flatnonzero((log.at >= cut) & (log.at < end))
    wanted = window[log.kind[window] == PURCHASE] if schedule.label == "purchase" else window
    people = np.unique(log.shopper[wanted])
    if len(people) > shoppers:
        people = np.sort(rng.choice(people, shoppers, replace=False))
    context = Context()
    blocks: list[Floats] = []
    labels: list[NDArray[np.float32]] = []
    for index, person in enumerate(people):
        if index % 100 == 0:
            progress(f"examples ({head})", index, len(people))
        for now in moments(log, int(person), cut, end, schedule.browsing, rng):
            history = log.history(int(person), catalogue, now)
            shopper = Shopper.of(history, now, catalogue.item_pk, arrays["core_of"])
            found = gather(shopper, arrays, context, new_only=head == "new")
            hit = np.isin(found.rows, _wanted(log, int(person), now, end, schedule.label))
            if not hit.any():
                continue
            chosen = sample(hit, rng)
            blocks.append(features(shopper, found.rows[chosen], arrays, context))
            labels.append(hit[chosen].astype(np.float32))
    if not blocks:
        return Examples(
            np.empty((0, len(FEATURES)), np.float32), np.empty(0, np.float32), np.empty(0, np.int64)
        )
    sizes = np.asarray([len(block) for block in labels])
    return Examples(np.concatenate(blocks), np.concatenate(labels), sizes)


def moments(
    log: Interactions, person: int, cut: int, end: int, browsing: bool, rng: np.random.Generator
) -> list[int]:
    """When to look at a shopper: at the cut, and just after a look or two where shoppers browse."""
    times = [cut]
    if browsing:
        at = log.at[log.start[person] : log.start[person + 1]]
        inside = at[(at >= cut) & (at < end - 1)]
        if len(inside) > 1:
            times += [
                int(moment) + 1 for moment in rng.choice(inside[:-1], min(2, len(inside) - 1), replace=False)
            ]
    return times


def sample(hit: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """All positives and a random part of the rest."""
    negative = np.flatnonzero(~hit)
    if len(negative) > NEGATIVES:
        negative = rng.choice(negative, NEGATIVES, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(hit), negative]))


def _wanted(log: Interactions, person: int, now: int, end: int, label: str) -> NDArray[np.int32]:
    """Catalogue rows that a shopper bought (or touched) in [now, end)."""
    part = slice(int(log.start[person]), int(log.start[person + 1]))
    keep = (log.at[part] >= now) & (log.at[part] < end)
    if label == "purchase":
        keep &= log.kind[part] == PURCHASE
    return np.unique(log.item[part][keep])
