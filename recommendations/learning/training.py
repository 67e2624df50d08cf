"""From a shop's log to an artefact: fit every source, learn the blend on earlier windows, fit again on everything."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from . import ranker as ranking
from .artefact import Artefact, Manifest, save
from .data import DAY, Catalogue, Interactions
from .examples import Examples, Plan, collect, plan
from .features import FEATURES
from .promotions import Promotions
from .ranker import UNSEEN, Ranker
from .sources import SOURCES, Log
from .trees import Trees

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Settings:
    """What a run may choose. ``rounds``: trees of the two heads; ``shoppers``: most per label window."""

    horizon_days: float = 31.0
    windows: int = 2
    shoppers: int = 2_100
    rounds_all: int = 150
    rounds_new: int = 75
    threads: int = 2


@dataclass
class Steps:
    """The recipe as it ran: name, count and seconds of each step, told to whoever watches."""

    progress: Progress
    done: list[dict[str, Any]] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    def finish(self, name: str, count: int) -> None:
        now = time.perf_counter()
        self.done.append({"name": name, "count": count, "seconds": round(now - self.started, 2)})
        self.started = now
        self.progress(name, count, count)


def train(
    interactions: Interactions,
    catalogue: Catalogue,
    as_of: int,
    out_dir: str | Path,
    *,
    version: str = "0.1.0",
    seed: int = 0,
    progress: Progress | None = None,
    settings: Settings | None = None,
    promotions: Promotions | None = None,
) -> Manifest:
    """Learn from what happened strictly before ``as_of`` (unix seconds) and write an artefact to ``out_dir``.

    Equal input and seed give equal files. Never fails for lack of data: with too little to learn a blend from, the
    plain one is used and the manifest says why. ``progress(step, done, total)`` is called often.
    ``promotions``: the calendar, which may (and should) reach past ``as_of``: what is planned for the next four weeks
    is known to whoever plans it. Without one its features rest at 0.
    """
    settings = settings or Settings()
    steps = Steps(progress or (lambda name, done, total: None))
    log = interactions.sorted_by_shopper().before(as_of)
    steps.finish("interactions", len(log))
    schedule = plan(log, as_of, settings.horizon_days, settings.windows)
    models, neutral, importance, reason = _blend(log, catalogue, promotions, schedule, seed, settings, steps)
    arrays = fit_sources(Log.of(log, catalogue, as_of, seed, promotions), steps.progress)
    arrays |= {"item_pk": catalogue.item_pk, "external_id": catalogue.external_id}
    steps.finish("sources at the end", len(arrays))
    browsing = schedule.browsing
    manifest = Manifest(
        version=version, as_of=as_of, seed=seed, items=len(catalogue),
        data_from=int(log.at.min()) if len(log) else as_of, data_until=int(log.at.max()) if len(log) else as_of,
        shoppers=len(np.unique(log.shopper)), interactions=len(log), promotions=len(promotions or ()), horizon_days=schedule.horizon / DAY,
        label=schedule.label, ranker="learned" if models else "plain", reason=reason, features=list(FEATURES),
        neutral=neutral, extra={} if browsing or not models else dict(UNSEEN), steps=steps.done, importance=importance,
    )  # fmt: skip
    ranker = Ranker(models, manifest.extra)
    return save(Artefact(arrays | ranker.arrays(), ranker, manifest), Path(out_dir))


def fit_sources(log: Log, progress: Progress) -> dict[str, np.ndarray]:
    """The arrays of every source, fitted in order: later ones may read what earlier ones learned."""
    arrays: dict[str, np.ndarray] = {}
    for index, source in enumerate(SOURCES):
        progress(f"fit {source.name}", index, len(SOURCES))
        arrays |= source.fit(log, arrays)
    return arrays


def _blend(
    log: Interactions,
    catalogue: Catalogue,
    promotions: Promotions | None,
    schedule: Plan,
    seed: int,
    settings: Settings,
    steps: Steps,
) -> tuple[dict[str, Trees], list[float], dict[str, float], str]:
    """The trees of both heads, the usual feature values, which features mattered, and why there is no model if not."""
    neutral = [0.0] * len(FEATURES)
    if schedule.reason:
        return {}, neutral, {}, schedule.reason
    examples: dict[str, list[Examples]] = {"all": [], "new": []}
    for number, cut in enumerate(schedule.cuts):
        arrays = fit_sources(Log.of(log, catalogue, cut, seed, promotions), steps.progress)
        steps.finish(f"sources at window {number + 1}", len(arrays))
        for head, parts in examples.items():
            parts.append(
                collect(log, catalogue, arrays, schedule, cut, head, seed, settings.shoppers, steps.progress)
            )
        steps.finish(
            f"examples of window {number + 1}", sum(len(parts[-1].labels) for parts in examples.values())
        )
    models: dict[str, Trees] = {}
    importance: dict[str, float] = {}
    for head, rounds in (("all", settings.rounds_all), ("new", settings.rounds_new)):
        numbers = np.concatenate([part.numbers for part in examples[head]])
        labels = np.concatenate([part.labels for part in examples[head]])
        examples[head].clear()
        if labels.sum() < 30:
            return {}, neutral, {}, "too_few_purchases"
        if head == "all":
            neutral = np.median(numbers, axis=0).astype(float).tolist()
        # Small shops get small models: about one tree per hundred positives.
        size = int(np.clip(labels.sum() / 30, 20, rounds))
        booster = ranking.fit(numbers, labels, head=head, seed=seed, rounds=size, threads=settings.threads)
        models[head] = Trees.from_lightgbm(booster.model_to_string())
        if head == "all":
            gain = booster.feature_importance("gain")
            importance = {
                name: round(float(value / max(gain.sum(), 1e-9)), 4)
                for name, value in sorted(zip(FEATURES, gain, strict=True), key=lambda pair: -pair[1])[:25]
            }
        steps.finish(f"ranker, head {head}", len(labels))
    return models, neutral, importance, ""
