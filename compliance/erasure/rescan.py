"""The re-scan: every store is asked again, and the whole schema is searched for what names the person."""

from __future__ import annotations

import time

from django.utils import timezone

from tenants.scope import Scope

from ..models import ErasureStep, SubjectRequest
from ..registry import Person, stores
from .refuse import learn
from .search import search

ROUNDS = 5
PAUSE_SECONDS = 0.5


class StillThere(Exception):
    """Something of the person is left. The message names the places, never the person."""


def rescan(scope: Scope, request: SubjectRequest, step: ErasureStep, person: Person) -> None:
    """Ask all stores; what arrived meanwhile (an answer on its way, a batch that was long) is erased again.

    Raises `StillThere` when something stays after all rounds.
    """
    left: dict[str, int] = {}
    for number in range(ROUNDS):
        if number:
            time.sleep(PAUSE_SECONDS)
        person = learn(scope, request, person)
        left = {store.name: store.verify(person) for store in stores()}
        if not any(left.values()):
            break
        for store in stores():
            if left[store.name]:
                ErasureStep.objects.filter(request=request, name=store.name).update(later=left[store.name])
                store.erase(person)
    if any(left.values()):
        raise StillThere("Still there: " + ", ".join(f"{n} ({c})" for n, c in left.items() if c))
    found = search(scope, person)
    if found.hits:
        raise StillThere("Names of the person stand in: " + ", ".join(sorted(found.hits)))
    request.steps.filter(store=True).update(remaining=0)
    step.facts = {
        "at": timezone.now().isoformat(),
        "tables": found.tables,
        "columns": found.columns,
        "searched_for": found.needles,
        "hits": 0,
        "elsewhere": found.elsewhere,
    }
    step.save(update_fields=["facts"])
