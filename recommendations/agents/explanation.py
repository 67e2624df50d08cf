"""Reasons: what really decided, found by taking the evidence away (recommendations.learning.explain)."""

from __future__ import annotations

import time

import numpy as np
from django.utils.translation import get_language

from ..contracts import Candidate, Request, Selection, Shopper
from ..learning.explain import Reason, explain
from ..learning.serving import Context
from ..reasons import sentence
from ..serving.catalogue_view import CatalogueView
from ..serving.snapshot import Snapshot
from .planner import Plan

# Candidates of these strategies come from the seed's neighbours and from nowhere else: the seed decided.
_SEEDED = {"similar": "similar", "complement": "bought_together"}


def add_reasons(
    request: Request, plan: Plan, shopper: Shopper, snapshot: Snapshot, selection: Selection
) -> None:
    """Write a reason on every chosen item: the merchant's pin, the seed, the trend, or what moved the model's score."""
    view = snapshot.view
    left = []
    for candidate in selection.chosen:
        if candidate.reason_kind in ("pinned", "trending"):
            candidate.reason = sentence(candidate.reason_kind)
        elif plan.strategy in _SEEDED and candidate.source in ("together", "content"):
            _name_seed(candidate, request, _SEEDED[plan.strategy], view)
        elif candidate.row < view.ranked:
            left.append(candidate)
    if not left or snapshot.artefact is None:
        return
    reasons = explain(
        snapshot.artefact,
        shopper.history,
        int(time.time()),
        np.array([c.row for c in left], np.int32),
        context=Context(channel=request.channel, place=int(request.context.get("place", -1))),
        shopper=selection.summed,
    )
    language = get_language()
    for candidate, reason in zip(left, reasons, strict=True):
        _say(candidate, reason, view, language)


def _say(candidate: Candidate, reason: Reason, view: CatalogueView, language: str | None) -> None:
    if reason.score_drop <= 0:
        # No single piece of evidence holds this item up: nothing true can be said.
        return
    candidate.reason_kind = reason.kind
    candidate.evidence = [view.external_id[row] for row in reason.rows]
    title = next((title for row in reason.rows if (title := view.title[row])), "")
    candidate.reason = sentence(reason.kind, gap_days=reason.gap_days, title=title, language=language)


def _name_seed(candidate: Candidate, request: Request, kind: str, view: CatalogueView) -> None:
    seeds = [seed for seed in request.seed_item_ids if view.row_of(seed) >= 0]
    candidate.reason_kind = kind
    candidate.evidence = seeds
    if len(seeds) == 1:
        candidate.reason = sentence(kind, title=view.title[view.row_of(seeds[0])])
    else:
        candidate.reason = sentence("cart")
