"""What this room holds of a person: shown, erased, and looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
from django.db import connection

from compliance.matching import Needles
from compliance.names import address_in_id
from compliance.registry import Person
from compliance.tables import plain
from profiles.models import Profile
from profiles.privacy.addresses import somebody_elses
from profiles.selectors import traits_of
from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.db import tenant_connection

from .addresses import address_of, blind_of
from .models import CampaignMember

# Addresses of ours that end with a token (compliance/urls.py, tracking/urls.py).
_TOKENS = re.compile(r"(/(?:privacy/verify|m/[a-z])/)[^\s\"'<>()]+")
_STEPS = """FROM "{schema}".journeys_step s WHERE s.enrolment_id IN (
    SELECT id FROM "{schema}".journeys_enrolment WHERE profile_id = ANY(%s) OR unit = ANY(%s))"""
_DELIVERIES = """FROM "{schema}".journeys_delivery d WHERE d.message_id IN (
    SELECT id FROM "{schema}".journeys_message WHERE profile_id = ANY(%s) OR unit = ANY(%s))"""
_ROWS = 'FROM "{schema}".journeys_{table} WHERE profile_id = ANY(%s) OR unit = ANY(%s)'


def _run(person: Person, statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(
            statement.replace("{schema}", person.scope.schema),
            [list(person.profile_ids), list(person.units)],
        )
        return cursor.fetchall() if cursor.description else cursor.rowcount


def export_enrolments(person: Person) -> Iterator[dict[str, Any]]:
    rows = _run(
        person,
        'SELECT (SELECT name FROM "{schema}".journeys_journey j WHERE j.id = journey_id), entered_at, finished_at, '
        "outcome, reason, goal_at " + _ROWS.replace("{table}", "enrolment") + " ORDER BY entered_at",
    )
    for row in rows:
        names = ("journey", "entered_at", "finished_at", "outcome", "reason", "goal_at")
        yield dict(zip(names, map(plain, row), strict=True))


def erase_enrolments(person: Person) -> int:
    """Steps first: they are found through their enrolments."""
    steps = _run(person, "DELETE " + _STEPS)
    return steps + _run(person, "DELETE " + _ROWS.replace("{table}", "enrolment"))


def verify_enrolments(person: Person) -> int:
    return _run(person, "SELECT count(*) " + _ROWS.replace("{table}", "enrolment"))[0][0]


def export_messages(person: Person) -> Iterator[dict[str, Any]]:
    """What was sent, readable: subject and text as they went out."""
    keys = vault.existing_person_keys(person.scope.tenant_id, person.units)
    rows = _run(
        person,
        "SELECT channel, state, reason, created_at, attempted_at, opened_at, clicked_at, unit, content "
        + _ROWS.replace("{table}", "message")
        + " ORDER BY created_at",
    )
    for *fields, unit, content in rows:
        names = ("channel", "state", "reason", "created_at", "attempted_at", "opened_at", "clicked_at")
        said = _opened(keys.get(bytes(unit)), bytes(content))
        yield {
            **dict(zip(names, map(plain, fields), strict=True)),
            **{name: without_tokens(said[name]) for name in ("to", "subject", "text") if said.get(name)},
        }


def without_tokens(text: str) -> str:
    """Without what opens something: a link to confirm a request, to unsubscribe, or that counts a click."""
    return _TOKENS.sub(r"\1…", text)


def _opened(key: bytes | None, content: bytes) -> dict[str, Any]:
    if key is None or not content:
        return {}
    try:
        found: dict[str, Any] = orjson.loads(unseal(key, content))
    except Unreadable:
        return {}
    return found


def export_campaigns(person: Person) -> Iterator[dict[str, Any]]:
    with tenant_connection(person.scope.schema):
        found = CampaignMember.objects.filter(profile_id__in=person.profile_ids).select_related("campaign")
        for member in found.order_by("at"):
            yield {
                "campaign": member.campaign.name,
                "what": member.get_state_display(),
                "at": member.at.isoformat(),
            }


def erase_messages(person: Person) -> int:
    """The outbox with its attempts, and the sandbox inbox."""
    attempts = _run(person, "DELETE " + _DELIVERIES)
    messages = _run(person, "DELETE " + _ROWS.replace("{table}", "message"))
    return attempts + messages + _run(person, "DELETE " + _ROWS.replace("{table}", "inboxmessage"))


def verify_messages(person: Person) -> int:
    return sum(
        _run(person, "SELECT count(*) " + _ROWS.replace("{table}", table))[0][0]
        for table in ("message", "inboxmessage")
    )


def _addresses(person: Person) -> list[bytes]:
    """Under which an address of the person may be suppressed. One that another shopper has too stays theirs."""
    tenant_id = person.scope.tenant_id
    found = set(person.blinds)
    with tenant_connection(person.scope.schema):
        profiles = Profile.objects.filter(pk__in=person.profile_ids)
        devices = [address_of("push", traits_of(person.scope, profile), ()) for profile in profiles]
        shared = somebody_elses(person)
    found |= {blind_of(tenant_id, "push", device) for device in devices if device}
    rows = {row for name in person.identifiers if (row := address_in_id(tenant_id, *name))}
    return list((found | {blind for _, blind in rows}) - {blind for _, blind in shared})


def export_suppressions(person: Person) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT channel, reason, since FROM "{person.scope.schema}".journeys_suppression WHERE blind = ANY(%s)',
            [_addresses(person)],
        )
        for row in cursor.fetchall():
            yield dict(zip(("channel", "reason", "since"), map(plain, row), strict=True))


def erase_suppressions(person: Person) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f'DELETE FROM "{person.scope.schema}".journeys_suppression WHERE blind = ANY(%s)',
            [_addresses(person)],
        )
        return int(cursor.rowcount)


def verify_suppressions(person: Person) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM "{person.scope.schema}".journeys_suppression WHERE blind = ANY(%s)',
            [_addresses(person)],
        )
        return int(cursor.fetchone()[0])


def erase_event_names(person: Person) -> int:
    """Forget names of events in which an identifier of the person stands; such an event's next one brings it again."""
    return _event_names(person, "DELETE")


def verify_event_names(person: Person) -> int:
    return _event_names(person, "SELECT 1")


def _event_names(person: Person, verb: str) -> int:
    pattern = Needles.of(person).columns("text")
    if not pattern:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f'{verb} FROM "{person.scope.schema}".journeys_eventname WHERE name ~* %s', [pattern])
        return int(cursor.rowcount)
