"""A subject request's verification link, mailed to the address on file (settings.SUBJECT_MAILER)."""

from __future__ import annotations

import datetime as dt

import orjson
from django.db import connection, transaction
from psycopg import Cursor

from compliance.registry import Person
from tenants import vault
from tenants.crypto import seal

from ..addresses import address_of
from ..engine.people import read_names, read_people
from ..engine.write import Outgoing
from ..models import MessageTemplate
from .messages import enqueue

TEMPLATE = "privacy-verification"
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
    """Put the link into the outbox for the first of the person's profiles with an e-mail address; False without one.

    The same link is sent once. The template can be changed like any other.
    """
    scope = person.scope
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        people = read_people(cursor, scope, person.profile_ids)
        names = read_names(cursor, scope, person.profile_ids)
        reachable = [
            found
            for found in people.values()
            if address_of("email", found.traits, [(n.kind, n.value) for n in names.get(found.id, [])])
        ]
        if not reachable:
            return False
        to = min(reachable, key=lambda found: found.id)
        template, _ = MessageTemplate.objects.get_or_create(key=TEMPLATE, defaults=_FIRST_TEXT)
        key = vault.person_keys(scope.tenant_id, [to.unit])[to.unit]
        message = Outgoing(
            key=f"verification:{link[-64:]}",
            profile_id=to.id,
            unit=to.unit,
            template_id=template.pk,
            channel="email",
            marketing=False,
            due=dt.datetime.now(dt.UTC),
            context=seal(key, orjson.dumps({"name": "Privacy request", "properties": {"link": link}})),
        )
        enqueue(cursor, scope, [message])
    return True
