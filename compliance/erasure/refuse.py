"""Refuse what comes late of a person, also under names that they got while the erasure was under way."""

from __future__ import annotations

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from tenants.scope import Scope

from ..models import SubjectRequest
from ..registry import Person
from ..requests import subject
from ..suppression import suppress
from . import plan


def again(person: Person) -> Person:
    """The person as of now, with what events said of them meanwhile: new names, new profiles."""
    fresh: Person = import_string(settings.SUBJECT_AGAIN)(person)
    return fresh


def refusals(person: Person) -> set[bytes]:
    """Hashes of every name and address of the person, as whatever they could be sent, that is nobody else's."""
    found: set[bytes] = import_string(settings.SUBJECT_REFUSALS)(person)
    return found


def refuse(scope: Scope, request: SubjectRequest, person: Person) -> None:
    """Suppress every name of the person; the plan's step remembers how many they were."""
    with transaction.atomic(), connection.cursor() as cursor:
        hashes = suppress(cursor, scope.schema, refusals(person), request_id=request.pk)
        facts = {
            "identifiers": len({value for _, value in person.identifiers}) or len(person.blinds),
            "hashes": hashes,
        }
        request.steps.filter(name=plan.SUPPRESS).update(facts=facts)


def learn(scope: Scope, request: SubjectRequest, person: Person) -> Person:
    """The person as of now, written down; names that came to it are refused as well."""
    fresh = again(person)
    if fresh != person:
        refuse(scope, request, fresh)
        subject.keep_person(scope, request, fresh)
    return fresh
