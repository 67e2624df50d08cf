"""The guardrail: what may be shown to whom. Fails closed: what it can't check it does not let through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from profiles.features.demographics import age_at

from ..contracts import Candidate, Dropped, Selection, Shopper, Verdict
from ..serving.catalogue_view import CatalogueView


def shopper_age(shopper: Shopper) -> int | None:
    """The youngest the shopper may be, from the demographic features; None when not known."""
    value = age_at(shopper.features.get("demographics") or {}, timezone.now().date())
    if isinstance(value, int | float):
        return int(value)
    digits = "".join(c if c.isdigit() else " " for c in str(value or "")).split()
    return int(digits[0]) if digits else None


def permitted(view: CatalogueView, shopper: Shopper) -> NDArray[np.bool_]:
    """Mask over the catalogue's rows: available, not banned, and old enough for it. Unknown age: nothing with a gate."""
    return permitted_rows(view, slice(None), shopper_age(shopper))


def permitted_rows(
    view: CatalogueView, rows: NDArray[np.int64] | slice, age: int | None
) -> NDArray[np.bool_]:
    """The same for some rows and an age that has been read."""
    answer: NDArray[np.bool_] = view.sellable[rows] & (view.age_min[rows] <= (age or 0))
    return answer


def check(selection: Selection, shopper: Shopper, view: CatalogueView) -> tuple[Selection, Verdict]:
    """The selection without what may not be shown, and whether the answer is blocked altogether."""
    if not shopper.consent and (len(shopper.history) or shopper.features):
        # The profile agent leaves these out; if it ever doesn't, nothing made from them may leave.
        return selection, Verdict(blocked=True, reason="personal data used without consent")
    age = shopper_age(shopper)
    kept: list[Candidate] = []
    dropped = list(selection.dropped)
    for candidate in selection.chosen:
        reason = refusal(candidate.row, view, age)
        if reason:
            dropped.append(Dropped(candidate.row, reason, "guardrail"))
        else:
            kept.append(candidate)
    verdict = Verdict()
    if not kept:
        verdict = Verdict(blocked=True, reason="nothing in this answer may be shown")
    return replace(selection, chosen=kept, dropped=dropped), verdict


def refusal(row: int, view: CatalogueView, age: int | None) -> str | None:
    """Why an item may not be shown to somebody of this age (None: not known); None when it may."""
    if view.banned[row]:
        return "banned"
    if not view.active[row]:
        return "not in the catalogue any more"
    if not view.available[row]:
        return "out of stock"
    gate = int(view.age_min[row])
    if gate and (age is None or age < gate):
        return f"only from {gate} years" + (", age not known" if age is None else "")
    return None
