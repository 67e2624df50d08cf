"""A subject request's verification link, mailed to the address on file (settings.SUBJECT_MAILER)."""

from __future__ import annotations

import datetime as dt

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
def mail_link(person: Person, link: str) -> str:
    """Put the link into the outbox for an address that a trusted source said; that address, empty where there is none.

    Empty also for a person of several shoppers, for it might reach the wrong one. The same link is sent once, and only to
    the address that is on file now. The template can be changed like any other.
    """
    scope = person.scope
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        people = read_people(cursor, scope, person.profile_ids)
        if len(people) != 1:
            return ""
        [to] = people.values()
        names = [(n.kind, n.value) for n in read_names(cursor, scope, [to.id]).get(to.id, [])]
        trusted = {blind for kind, blind in vouched([to.id]) if kind == "email"}
        address = next(
            (a for a in addresses_of("email", to.traits, names) if _blind(scope, a) in trusted), ""
        )
        if not address:
            return ""
        template, _ = MessageTemplate.objects.get_or_create(key=TEMPLATE, defaults=_FIRST_TEXT)
        key = vault.person_keys(scope.tenant_id, [to.unit])[to.unit]
        context = {
            "name": "Privacy request",
            "properties": {"link": link},
            ADDRESS: _blind(scope, address).hex(),
        }
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
    return address


def _blind(scope: Scope, address: str) -> bytes:
    return blind_of(scope.tenant_id, "email", address)
