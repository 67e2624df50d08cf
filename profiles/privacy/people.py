"""Profiles with their traits and features, and the names that people are known by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from compliance.registry import Person

from ..features.fallback import features_of
from ..models import Identifier, Profile
from ..selectors import identifiers_of, traits_of
from ..traits.selectors import values_of


def export_profiles(person: Person) -> Iterator[dict[str, Any]]:
    for profile in Profile.objects.filter(pk__in=person.profile_ids):
        yield {
            "first_seen_at": profile.first_seen_at.isoformat(),
            "last_seen_at": profile.last_seen_at.isoformat(),
            "personalised": profile.consent_personalisation,
            "traits": traits_of(person.scope, profile),
            "features": features_of(person.scope, profile, timezone.now()),
            "counts_by_day": profile.counters,
            "computed_traits": {v.name: v.value for v in values_of(profile)},
            "kept_for_computed_traits": profile.computed,
        }


def export_identifiers(person: Person) -> Iterator[dict[str, Any]]:
    for profile in Profile.objects.filter(pk__in=person.profile_ids):
        yield from identifiers_of(person.scope, profile)


def erase_profiles(person: Person) -> int:
    """Names first: the profile's row is what they point at. Waits for a batch that works on the profile."""
    with transaction.atomic(), connection.cursor() as cursor:
        schema = person.scope.schema
        # Locks in the order of the workers: identifiers, then profiles by id (see processing.people).
        cursor.execute(
            f'DELETE FROM "{schema}".profiles_identifier WHERE profile_id = ANY(%s)',
            [list(person.profile_ids)],
        )
        cursor.execute(
            f"""DELETE FROM "{schema}".profiles_profile WHERE id IN (
                    SELECT id FROM "{schema}".profiles_profile WHERE id = ANY(%s) ORDER BY id FOR UPDATE)""",
            [list(person.profile_ids)],
        )
        return int(cursor.rowcount)


def verify_profiles(person: Person) -> int:
    return Profile.objects.filter(pk__in=person.profile_ids).count()


def erase_identifiers(person: Person) -> int:
    """By value: identifiers that a late event may have given to a new profile. That profile is the person's too."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""DELETE FROM "{person.scope.schema}".profiles_identifier
                WHERE blind = ANY(%s::bytea[]) OR profile_id = ANY(%s)""",
            [list(person.blinds), list(person.profile_ids)],
        )
        return int(cursor.rowcount)


def verify_identifiers(person: Person) -> int:
    return (
        Identifier.objects.filter(blind__in=person.blinds)
        | Identifier.objects.filter(profile_id__in=person.profile_ids)
    ).count()
