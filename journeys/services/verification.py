"""A subject request's verification link, mailed to the address on file (settings.SUBJECT_MAILER)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.db import connection, transaction
from psycopg import Cursor

from compliance.registry import Person
from profiles.privacy.addresses import vouched
from tenants import vault
from tenants.crypto import seal
from tenants.scope import Scope

from ..addresses import addresses_of, blind_of
from ..engine.people import read_names, read_people
from ..engine.write import Outgoing
from ..models import MessageTemplate
from ..pinned import ADDRESS, TEMPLATE
from .messages import enqueue

_FIRST_TEXT = {
    "name": "Verification of a privacy request",
    "kind": MessageTemplate.Kind.TRANSACTIONAL,
    "subject": "Was it you? Please confirm your privacy request",
    "html": (
        "<p>Somebody asked {{ shop.name }} about the personal data that belongs to this address. "
        "If it was you, please confirm it:</p>"
        "<p><a href='{{ event.link }}'>Yes, it was me</a></p>"
        "<p>The link works once, for seven days. If it was not you, do nothing: nothing will happen.</p>"
    ),
}


@transaction.atomic
def mail_link(person: Person, link: str) -> bool:
    """Put the link into the outbox for an address that a trusted source said; False where there is none.

    False also for a person of several shoppers, for it might reach the wrong one. The same link is sent once, and only to
    the address that is on file now. The template can be changed like any other.
    """
    scope = person.scope
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        people = read_people(cursor, scope, person.profile_ids)
        if len(people) != 1:
            return False
        [to] = people.values()
        names = [(n.kind, n.value) for n in read_names(cursor, scope, [to.id]).get(to.id, [])]
        trusted = {blind for kind, blind in vouched([to.id]) if kind == "email"}
        blind = next((b for b in _blinds(scope, to.traits, names) if b in trusted), None)
        if blind is None:
            return False
        template, _ = MessageTemplate.objects.get_or_create(key=TEMPLATE, defaults=_FIRST_TEXT)
        key = vault.person_keys(scope.tenant_id, [to.unit])[to.unit]
        context = {"name": "Privacy request", "properties": {"link": link}, ADDRESS: blind.hex()}
        message = Outgoing(
            key=f"verification:{link[-64:]}",
            profile_id=to.id,
            unit=to.unit,
            template_id=template.pk,
            channel="email",
            marketing=False,
            due=dt.datetime.now(dt.UTC),
            context=seal(key, orjson.dumps(context)),
        )
        enqueue(cursor, scope, [message])
    return True


def _blinds(scope: Scope, traits: Mapping[str, Any], names: Iterable[tuple[str, str]]) -> list[bytes]:
    return [blind_of(scope.tenant_id, "email", address) for address in addresses_of("email", traits, names)]
