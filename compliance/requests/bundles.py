"""Exports that were made for a person earlier: they go with everything else."""

from __future__ import annotations

from ..models import Bundle
from ..registry import Person
from .export import delete_bundle


def erase(person: Person) -> int:
    found = list(_bundles(person))
    for bundle in found:
        delete_bundle(person.scope, bundle)
    return len(found)


def verify(person: Person) -> int:
    return len(_bundles(person))


def _bundles(person: Person) -> list[Bundle]:
    return list(Bundle.objects.filter(person_blinds__overlap=list(person.blinds)))
