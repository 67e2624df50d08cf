"""The promotion calendar: what a shop advertises and puts on display, in the past and in the weeks it has planned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .data import DAY

AHEAD = 28  # days that a shop has planned: what the calendar says beyond them is never read
RECENT = 28
KINDS = ("mailer", "display")
WAYS = ("ahead", "peak", "week", "recent", "usual", "rise")
COLUMNS = tuple(f"{kind}_{way}" for kind in KINDS for way in WAYS)


@dataclass(frozen=True)
class Promotions:
    """One line per item and run of days, in any order; runs of one item do not overlap; all columns have one length.

    ``item`` is a row of the catalogue; ``begins`` and ``ends`` unix seconds, the end excluded; ``mailer`` and
    ``display``: share of stores, 0 to 1, that advertise the item in the mailer, or show it outside its usual shelf.
    A shop without stores says 0 or 1.
    """

    item: NDArray[np.int32]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    mailer: NDArray[np.float32]
    display: NDArray[np.float32]

    def __post_init__(self) -> None:
        if any(len(getattr(self, name)) != len(self.item) for name in ("begins", "ends", *KINDS)):
            raise ValueError("the columns of promotions must have one length")

    def __len__(self) -> int:
        return len(self.item)


def item_columns(promotions: Promotions | None, as_of: int, items: int) -> dict[str, NDArray[np.float32]]:
    """What is planned for each item from a moment on: ``COLUMNS``, each [items], all 0 without a calendar.

    Of the share of stores, per kind: ``ahead`` its mean over the next 28 days; ``peak`` its largest value in them;
    ``week`` its mean over the next 7 days; ``recent`` over the last 28; ``usual`` over all the past of the calendar;
    ``rise`` is ahead less usual: an item that is always advertised says little by being so again.
    """
    if promotions is None or not len(promotions):
        return {name: np.zeros(items, np.float32) for name in COLUMNS}
    oldest = min(int(promotions.begins.min()), as_of)
    spans = {
        "ahead": (as_of, as_of + AHEAD * DAY),
        "week": (as_of, as_of + 7 * DAY),
        "recent": (as_of - RECENT * DAY, as_of),
        "usual": (oldest, as_of),
    }
    out: dict[str, NDArray[np.float32]] = {}
    for kind in KINDS:
        share = getattr(promotions, kind)
        for way, (low, high) in spans.items():
            covered = np.minimum(promotions.ends, high) - np.maximum(promotions.begins, low)
            total = np.bincount(promotions.item, share * np.maximum(covered, 0), items)
            out[f"{kind}_{way}"] = (total / max(high - low, 1)).astype(np.float32)
        planned = (promotions.begins < as_of + AHEAD * DAY) & (promotions.ends > as_of)
        peak = np.zeros(items, np.float32)
        np.maximum.at(peak, promotions.item[planned], share[planned])
        out[f"{kind}_peak"] = peak
        out[f"{kind}_rise"] = out[f"{kind}_ahead"] - out[f"{kind}_usual"]
    return out
