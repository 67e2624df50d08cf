"""That a visitor was taken for a bot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compliance.registry import Person

from ..models import Suspect


def export(person: Person) -> Iterator[dict[str, Any]]:
    for suspect in Suspect.objects.filter(handle__in=person.blinds):
        yield {
            "taken_for_a_bot_since": suspect.since.isoformat(),
            "until": suspect.until.isoformat(),
            "pages_in_the_busiest_minute": suspect.views,
            "cleared": suspect.cleared,
        }


def erase(person: Person) -> int:
    return Suspect.objects.filter(handle__in=person.blinds).delete()[0]


def verify(person: Person) -> int:
    return Suspect.objects.filter(handle__in=person.blinds).count()
