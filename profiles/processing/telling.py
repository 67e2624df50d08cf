"""What subscribers hear: of a batch of events, and of profiles that changed without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.module_loading import import_string

from tenants.scope import Scope

from ..batch import Changed, Happened, ProcessedBatch
from .apply import Columns
from .decode import TYPES, Occurrence
from .drafts import Draft
from .people import People


def as_batch(
    people: People,
    place: Sequence[Draft | None],
    columns: Columns,
    events: Sequence[Occurrence],
    sorted_out: Mapping[int, Draft],
) -> ProcessedBatch:
    drafts = {**people.drafts, **sorted_out}
    return ProcessedBatch(
        tuple(
            Changed(d.id, d.version, people.drafts[d.id].events if d.id in people.drafts else 0, d.is_new)
            for d in drafts.values()
            if d.events or d.touched
        ),
        tuple(people.merged),
        np.array(columns.profile_id, np.int64),
        np.array(columns.item_pk, np.int64),
        np.array(columns.kind, np.uint8),
        np.array(columns.at, np.int64) // 1_000_000,
        np.array(columns.quantity, np.float64),
        np.array(columns.value, np.float64),
        np.array(columns.order_key, np.int64),
        np.array(columns.place, np.int32),
        tuple(people.units),
        tuple(
            Happened(
                draft.id,
                event.claimed.id,
                TYPES[event.type],
                event.name,
                event.at // 1_000_000,
                event.properties,
                event.trusted,
                draft.unit,
                event.claimed.received_at,
            )
            for event, draft in zip(events, place, strict=True)
            if draft is not None
        ),
        tuple(people.split),
        tuple(sorted_out),
    )


def tell_rebuilt(
    scope: Scope,
    changed: Mapping[int, Draft],
    *,
    merged: Sequence[tuple[int, int]] = (),
    units: Sequence[tuple[bytes, bytes]] = (),
    split: Sequence[tuple[int, int]] = (),
    rebuilt: Sequence[int] | None = None,
) -> None:
    """Subscribers hear of profiles that changed without an event; `rebuilt`: all of them, unless it says which."""
    whole, real = np.array([], np.int64), np.array([], np.float64)
    call_subscribers(
        scope,
        ProcessedBatch(
            tuple(Changed(d.id, d.version, 0, False) for d in changed.values()),
            tuple(merged), whole, whole, np.array([], np.uint8), whole, real, real, whole,
            np.array([], np.int32), tuple(units), (), tuple(split), tuple(changed if rebuilt is None else rebuilt),
        ),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _subscribers(names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(import_string(name) for name in names)


def call_subscribers(scope: Scope, batch: ProcessedBatch) -> None:
    """Hand a batch to settings.EVENT_SUBSCRIBERS, in the transaction that made it."""
    for subscriber in _subscribers(tuple(settings.EVENT_SUBSCRIBERS)):
        subscriber(scope, batch)
