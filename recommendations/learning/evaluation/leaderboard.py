"""Who orders best? The served ranking and its competitors, judged on one window by one protocol."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..artefact import Artefact, load
from ..data import DAY, Catalogue, Interactions
from ..promotions import AHEAD, Promotions
from ..sources.base import Log
from ..training import Progress, Settings, train
from .baselines import BASELINES, LEAST, Baseline, Facts, Scorer
from .lists import DEPTH, Lists, answer
from .metrics import Ratio, coverage, ndcg, novelty, ratio, recall
from .window import SCOPES, Window

BLOCK = 256


@dataclass(frozen=True)
class Line:
    """One method in one scope. ``ndcg``: mean over shoppers; ``setting``: what the earlier window chose."""

    method: str
    scope: str
    setting: str
    ndcg: float
    recall: float
    coverage: float
    novelty: float


@dataclass(frozen=True)
class Report:
    """The leaderboard: lines best first within a scope, our ratio to the best competitor, and how it was measured."""

    lines: list[Line]
    ratios: dict[str, Ratio]
    best: dict[str, str]
    ceiling: dict[str, float]
    shoppers: dict[str, int]
    protocol: str
    seconds: dict[str, float]
    lists: dict[str, Lists] = field(repr=False, default_factory=dict)

    def text(self) -> str:
        """For a terminal."""
        out = [self.protocol, ""]
        for scope in SCOPES:
            out.append(
                f"{'scope ' + scope:<22}{'NDCG@10':>9}{'recall@10':>11}{'coverage':>10}{'novelty':>9}  setting"
            )
            for line in self.lines:
                if line.scope == scope:
                    out.append(
                        f"{line.method:<22}{line.ndcg:>9.4f}{line.recall:>11.4f}{line.coverage:>10.4f}"
                        f"{line.novelty:>9.2f}  {line.setting}"
                    )
            found = self.ratios[scope]
            out.append(
                f"Attune / {self.best[scope]}: {found.value:.3f} (95 % interval {found.low:.3f} to {found.high:.3f}), "
                f"{self.shoppers[scope]} shoppers; perfect order of purchases made before: {self.ceiling[scope]:.3f}\n"
            )
        return "\n".join(out)


def evaluate(
    interactions: Interactions,
    catalogue: Catalogue,
    start: int,
    days: float,
    folder: str | Path,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    settings: Settings | None = None,
    artefact: Artefact | None = None,
    baselines: tuple[Baseline, ...] = BASELINES,
    promotions: Promotions | None = None,
) -> Report:
    """Train on what came before ``start`` into ``folder`` (or take an ``artefact`` that was), judge on what follows.

    ``promotions``: the calendar, as in `train`. Competitors choose their settings on the window of the same length just before ``start``, per scope. Raises
    ValueError when nobody bought anything in the window, or when the artefact saw the window.
    """
    told = progress or (lambda name, done, total: None)
    seconds: dict[str, float] = {}
    clock = time.perf_counter()
    window = Window.of(interactions, catalogue, start, days)
    if not len(window.shoppers["all"]):
        raise ValueError("nobody bought anything in that window")
    if artefact is None:
        train(
            window.known(),
            catalogue,
            start,
            folder,
            seed=seed,
            progress=told,
            settings=settings,
            promotions=promotions,
        )
        artefact = load(folder)
    elif artefact.manifest.as_of > start:
        raise ValueError("the artefact was trained on part of the window")
    seconds["training"], clock = time.perf_counter() - clock, time.perf_counter()
    lists = {scope: answer(artefact, window, scope, told) for scope in SCOPES}
    seconds["lists"], clock = time.perf_counter() - clock, time.perf_counter()
    found = {("Attune", scope): ("", lists[scope].rows) for scope in SCOPES}
    found |= compete(interactions, catalogue, window, days, seed, told, baselines)
    seconds["competitors"], clock = time.perf_counter() - clock, time.perf_counter()
    return _report(window, found, lists, artefact, days, seconds)


def compete(
    interactions: Interactions,
    catalogue: Catalogue,
    window: Window,
    days: float,
    seed: int,
    told: Progress,
    baselines: tuple[Baseline, ...],
) -> dict[tuple[str, str], tuple[str, NDArray[np.int32]]]:
    """Lists of every competitor: (method, scope) → setting and rows [U, 20]."""
    earlier = Window.of(window.known(), catalogue, window.start - int(days * DAY), days)
    before = Facts.of(Log.of(earlier.log, catalogue, earlier.start, seed), window.log.shoppers)
    now = Facts.of(Log.of(window.log, catalogue, window.start, seed), window.log.shoppers)
    out: dict[tuple[str, str], tuple[str, NDArray[np.int32]]] = {}
    for index, baseline in enumerate(baselines):
        told(f"competitor {baseline.name}", index, len(baselines))
        chosen = dict.fromkeys(SCOPES, baseline.settings[0])
        if len(baseline.settings) > 1 and len(earlier.shoppers["all"]) and len(before.universe):
            tried = []
            for setting in baseline.settings:
                scorer = baseline.fit(before, **setting)
                tried.append(_means(before, earlier, scorer))
            for scope in SCOPES:
                chosen[scope] = baseline.settings[int(np.argmax([result[scope] for result in tried]))]
        lists: dict[str, dict[str, NDArray[np.int32]]] = {}
        for scope in SCOPES:
            text = ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
                             for name, value in chosen[scope].items())  # fmt: skip
            if text not in lists:
                lists[text] = ordered(now, window, baseline.fit(now, **chosen[scope]))
            out[baseline.name, scope] = (text, lists[text][scope])
    return out


def ordered(facts: Facts, window: Window, scorer: Scorer) -> dict[str, NDArray[np.int32]]:
    """The first 20 of the universe for every judged shopper, by scope; bought items left out in scope new."""
    everyone = window.shoppers["all"]
    depth = min(DEPTH, len(facts.universe))
    rows = {scope: np.full((len(everyone), DEPTH), -1, np.int32) for scope in SCOPES}
    for low in range(0, len(everyone), BLOCK):
        block = everyone[low : low + BLOCK]
        scores = np.array(scorer(block), np.float32)
        for scope in SCOPES:
            if scope == "new":
                own = facts.binary[block]
                scores[np.repeat(np.arange(len(block)), np.diff(own.indptr)), own.indices] = -np.inf
            part = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
            order = np.argsort(-np.take_along_axis(scores, part, 1), axis=1, kind="stable")
            rows[scope][low : low + BLOCK, :depth] = facts.universe[np.take_along_axis(part, order, 1)]
    # Who bought something new also bought something.
    return {scope: rows[scope][np.isin(everyone, window.shoppers[scope])] for scope in SCOPES}


def _means(facts: Facts, window: Window, scorer: Scorer) -> dict[str, float]:
    lists = ordered(facts, window, scorer)
    return {scope: float(ndcg(lists[scope], window.relevant[scope]).mean()) for scope in SCOPES}


def _report(
    window: Window,
    found: dict[tuple[str, str], tuple[str, NDArray[np.int32]]],
    lists: dict[str, Lists],
    artefact: Artefact,
    days: float,
    seconds: dict[str, float],
) -> Report:
    items = len(window.catalogue)
    known = window.known()
    buyers = np.bincount(window.bought % max(items, 1), minlength=items) / max(
        1, len(np.unique(known.shopper))
    )
    lines, ratios, best, ceiling = [], {}, {}, {}
    for scope in SCOPES:
        relevant = window.relevant[scope]
        values = {name: ndcg(rows, relevant) for (name, where), (_, rows) in found.items() if where == scope}
        for name in sorted(values, key=lambda name: -values[name].mean()):
            setting, rows = found[name, scope]
            lines.append(Line(
                name, scope, setting, float(values[name].mean()), float(recall(rows, relevant).mean()),
                coverage(rows, items), novelty(rows, buyers),
            ))  # fmt: skip
        rivals = [name for name in values if name != "Attune"]
        best[scope] = max(rivals, key=lambda name: values[name].mean())
        ratios[scope] = ratio(values["Attune"], values[best[scope]], seed=artefact.manifest.seed)
        ceiling[scope] = _ceiling(window, scope)
    return Report(
        lines, ratios, best, ceiling, {scope: len(window.shoppers[scope]) for scope in SCOPES},
        protocol(window, days, artefact), seconds, lists,
    )  # fmt: skip


def _ceiling(window: Window, scope: str) -> float:
    """NDCG@10 of a perfect order of what each shopper bought before (0 in scope new, by definition)."""
    relevant = window.relevant[scope]
    owner = np.repeat(window.shoppers[scope].astype(np.int64), relevant.sizes)
    again = np.isin(owner * max(len(window.catalogue), 1) + relevant.items, window.bought)
    count = np.bincount(
        np.repeat(np.arange(len(relevant.sizes)), relevant.sizes)[again], minlength=len(relevant.sizes)
    )
    gains = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, 12)))])
    return float((gains[np.minimum(count, 10)] / gains[np.minimum(relevant.sizes, 10)]).mean())


def protocol(window: Window, days: float, artefact: Artefact) -> str:
    """How the figures were made, for whoever doubts them."""
    first = datetime.fromtimestamp(window.start, UTC).date()
    calendar = (
        f"Attune also knows the shop's promotion calendar (share of stores with an item in the mailer or on display), the "
        f"past and the {AHEAD} days planned from the date on, as at every date it learns at; competitors do not read it. "
        if artefact.manifest.promotions
        else ""
    )
    return (
        f"Protocol: purchases in the {days:g} days from {first}, given everything before, nothing after; "
        f"{len(window.shoppers['all'])} shoppers who bought something ({len(window.shoppers['new'])} something new to "
        f"them). Full catalogue of {len(window.catalogue)} items, no sampled negatives; wanted is every item bought, "
        f"also those that no method can know. Competitors rank the items with at least {LEAST} purchase lines before "
        f"the date. Scope new: items the shopper never bought before, which are left out of every method's lists. "
        f"NDCG@10 with binary gains and an ideal of min(10, wanted), averaged over shoppers. Settings of competitors "
        f"are chosen per scope on the {days:g} days before the date; Attune {artefact.manifest.version} was fitted on "
        f"windows before the date and answers through the code that serves. {calendar}Intervals: paired bootstrap over shoppers."
    )
