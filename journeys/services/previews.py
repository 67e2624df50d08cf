"""Templates filled in without sending: previews, and tests that land in the sandbox's inbox."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone
from psycopg import Cursor

from profiles.models import Profile
from tenants import vault
from tenants.addresses import base_url
from tenants.crypto import seal
from tenants.models import Tenant
from tenants.scope import Scope

from ..cart import read_carts
from ..delivery.compose import flat_features
from ..engine.people import read_names, read_people
from ..messages.items import ids_in
from ..messages.recommend import Recommending
from ..messages.render import Rendered, Shop, Template, render_message
from ..models import InboxMessage, MessageTemplate


def fill_in(
    scope: Scope,
    template: Template,
    shopper: Profile | None,
    *,
    event: Mapping[str, Any],
    personal: bool = True,
) -> Rendered:
    """The message as it would be sent now: live recommendations, links that are not tracked, nothing kept.

    `personal`: whether traits, such as names, may be shown to who asks. Raises `BrokenTemplate`.
    """
    now = timezone.now()
    name = Tenant.objects.values_list("name", flat=True).get(pk=scope.tenant_id)
    shop = Shop(scope.tenant_id, name, base_url(scope.tenant_id), scope.currency)
    person, named, cart = None, None, ids_in(event)
    if shopper is not None:
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            person = read_people(cursor, scope, [shopper.pk]).get(shopper.pk)
            basket = read_carts(cursor, scope.schema, [shopper.pk], now).get(shopper.pk)
            names = read_names(cursor, scope, [shopper.pk]).get(shopper.pk)
        # A cart that is empty would show nothing of the layout: what the shopper looked at last stands in for it.
        cart = (basket.items if basket else ()) or cart
        named = names[0] if names else None
    return render_message(
        template,
        shop,
        traits=person.traits if person and personal else {},
        features=flat_features(person, now) if person else {},
        computed=person.computed_traits(now) if person else {},
        event=event,
        recommender=Recommending(
            scope, named, template.channel, shop.url, event=event, cart=cart, keep=False
        ),
        message_id=None,
        schema=scope.schema,
        cart=cart,
    )


@transaction.atomic
def deliver_test(
    scope: Scope, template: MessageTemplate, shopper: Profile, rendered: Rendered
) -> InboxMessage:
    """A filled-in template in the sandbox's inbox, sealed with the shopper's key as any message is."""
    unit = bytes(shopper.unit)
    content = {
        "to": "",
        "subject": rendered.subject,
        "html": rendered.html,
        "text": rendered.text,
        "headers": rendered.headers,
    }
    key = vault.person_keys(scope.tenant_id, [unit])[unit]
    return InboxMessage.objects.create(
        key=f"test:{template.pk}:{uuid.uuid4()}",
        profile_id=shopper.pk,
        unit=unit,
        channel=template.channel,
        at=timezone.now(),
        content=seal(key, orjson.dumps(content)),
    )
