"""What a message says, made from its template, its shopper and the moment."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import orjson

from tenants import vault
from tenants.addresses import base_url
from tenants.crypto import Unreadable, unseal
from tenants.models import Tenant
from tenants.scope import Scope

from ..cart import Cart
from ..channels.base import Parcel
from ..engine.people import Named, Person, open_context
from ..messages.recommend import Recommending
from ..messages.render import Shop, render_message
from ..models import MessageTemplate
from .claim import Due

Content = dict[str, Any]


class Composer:
    """Makes messages of one tenant. `carts`: by profile, for templates that show them or recommend. `decisions`: message → recommendation
    decisions inside."""

    def __init__(self, scope: Scope, now: dt.datetime) -> None:
        name, self.settings = Tenant.objects.values_list("name", "settings").get(pk=scope.tenant_id)
        self._scope, self._now = scope, now
        self._shop = Shop(scope.tenant_id, name, base_url(scope.tenant_id), scope.currency)
        self.carts: dict[int, Cart] = {}
        self.decisions: dict[int, list[uuid.UUID]] = {}

    def compose(
        self, message: Due, template: MessageTemplate, person: Person, names: Sequence[Named], to: str
    ) -> Content:
        """Raises `BrokenTemplate`."""
        event = open_context(self._scope, bytes(message.unit), bytes(message.context))
        shopper = names[0] if names else None
        cart = self.carts[message.profile_id].items if message.profile_id in self.carts else ()
        recommender = Recommending(
            self._scope, shopper, message.channel, self._shop.url, event=event, cart=cart
        )
        rendered = render_message(
            template,
            self._shop,
            traits=person.traits,
            features=flat_features(person, self._now),
            computed=person.computed_traits(self._now),
            event=event,
            recommender=recommender,
            message_id=message.id,
            schema=self._scope.schema,
            cart=cart,
        )
        self.decisions[message.id] = recommender.decisions
        return {
            "to": to,
            "subject": rendered.subject,
            "text": rendered.text,
            "html": rendered.html,
            "headers": rendered.headers,
            "links": rendered.links,
            "shopper": {shopper.kind: shopper.value} if shopper else {},
        }


def flat_features(person: Person, now: dt.datetime) -> dict[str, Any]:
    """Feature → value, whatever its group."""
    return person.features_at(now)


def open_content(scope: Scope, message: Due) -> Content | None:
    """What an earlier attempt was about to send: a repeated call has the same body. None: there was none."""
    if not message.content:
        return None
    unit = bytes(message.unit)
    key = vault.existing_person_keys(scope.tenant_id, [unit]).get(unit)
    if key is None:
        return None
    try:
        found: Content = orjson.loads(unseal(key, bytes(message.content)))
    except Unreadable:
        return None
    return found


def parcel_of(message: Due, content: Content) -> Parcel:
    return Parcel(
        message.key,
        message.channel,
        content["to"],
        content["subject"],
        content["text"],
        content["html"],
        content["headers"],
        content["shopper"],
    )
