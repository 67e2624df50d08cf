"""Who only looked around in a batch: most of all events, and nothing that a purchase is counted from moves by them."""

from __future__ import annotations

from ..batch import ProcessedBatch
from ..features import buckets
from ..traits.measure import PAGE, SCREEN, folded

_EVENTS = frozenset({"product viewed", "product clicked", "product added", "product removed"})
# What such events count.
COUNTS = frozenset({buckets.PAGE_VIEW, buckets.ITEM_VIEW, buckets.CART, buckets.SESSION, buckets.APP})


def only_looked(batch: ProcessedBatch) -> frozenset[int]:
    """Shoppers whose events of the batch are views, carts and pages, who are not new and took nobody in."""
    others = {kept for _, kept in batch.merged}
    others |= {changed.profile_id for changed in batch.changed if changed.is_new or not changed.events}
    lookers: set[int] = set()
    for event in batch.happened:
        looked = event.type in ("page", "screen") or (
            event.type == "track" and event.name.strip().lower() in _EVENTS
        )
        (lookers if looked else others).add(event.profile_id)
    return frozenset(lookers - others)


def counts(event: str) -> bool:
    """Whether an event of this name is one of those that looking consists of."""
    return event in (PAGE, SCREEN) or folded(event) in _EVENTS
