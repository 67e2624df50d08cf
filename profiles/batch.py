"""What a processed batch of events hands to the subscribers named in settings.EVENT_SUBSCRIBERS."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Changed:
    """A shopper that the batch touched. `version` is the new one."""

    profile_id: int
    version: int
    events: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """An event that was counted for a shopper. `at`: when it happened, unix seconds; `name`: of a track, page or screen.

    `trusted`: sent with a secret key. `unit`: the shopper's unit in experiments. With `event_id`, `received_at` finds
    the event as it is stored.
    """

    profile_id: int
    event_id: int
    type: str
    name: str
    at: int
    properties: dict[str, Any]
    trusted: bool
    unit: bytes
    received_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ProcessedBatch:
    """Called for inside the batch's transaction; the rows of all `changed` profiles are locked.

    `merged`: (gone, kept) profiles; what belongs to the gone one now belongs to the kept one, which is in `changed`.
    `merged_units`: the same of units, and of visitors who had a unit but never a profile. `happened`: the events, in the
    order in which they were received.
    `split`: (from, to): names of the first now belong to the second, and with them what came under them. `rebuilt`:
    profiles whose past changed, all of them in `changed`: what is kept of their past has to be made anew.
    The new interactions are columns of one length, in the order in which they were received: `at` in unix seconds,
    `kind` as profiles.models.Interaction.Kind, `order_key` 0 and `place` -1 when there is none.
    """

    changed: tuple[Changed, ...]
    merged: tuple[tuple[int, int], ...]
    profile_id: NDArray[np.int64]
    item_pk: NDArray[np.int64]
    kind: NDArray[np.uint8]
    at: NDArray[np.int64]
    quantity: NDArray[np.float64]
    value: NDArray[np.float64]
    order_key: NDArray[np.int64]
    place: NDArray[np.int32]
    merged_units: tuple[tuple[bytes, bytes], ...] = ()
    happened: tuple[Happened, ...] = ()
    split: tuple[tuple[int, int], ...] = ()
    rebuilt: tuple[int, ...] = ()
