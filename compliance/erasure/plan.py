"""The plan of one erasure: what is held is counted, and written down, before anything is erased."""

from __future__ import annotations

from django.db import transaction

from ..models import ErasureStep, SubjectRequest
from ..registry import LAST, Person, stores

SUPPRESS = "Refuse what comes late"
WRITERS = "Wait for what is being written"
MEMORIES = "Have every process forget"
RESCAN = "Look again everywhere"
RECEIPT = "Sign the receipt"


def names() -> list[tuple[str, bool]]:
    """(name, whether it is a store) of all steps in order."""
    everything = stores()
    return [
        (SUPPRESS, False),
        (WRITERS, False),
        *((store.name, True) for store in everything if store.order < LAST),
        *((store.name, True) for store in everything if store.order >= LAST),
        (MEMORIES, False),
        (RESCAN, False),
        (RECEIPT, False),
    ]


def held(person: Person) -> dict[str, int]:
    """What every store holds of the person now: the preview, and the counts of the receipt."""
    return {store.name: store.verify(person) for store in stores()}


@transaction.atomic
def make(request: SubjectRequest, counts: dict[str, int]) -> None:
    """Write the steps down. A plan that is there already stays: its counts are those of before the erasure."""
    if request.steps.exists():
        return
    ErasureStep.objects.bulk_create(
        ErasureStep(request=request, position=position, name=name, store=store, found=counts.get(name, 0))
        for position, (name, store) in enumerate(names())
    )
