"""What would become of a message: the delivery's own rules, then the message as it would look."""

from __future__ import annotations

import datetime as dt

from psycopg import Cursor

from tenants.addresses import base_url
from tenants.models import Tenant
from tenants.scope import Scope

from ..addresses import address_of, blind_of
from ..delivery.claim import suppressions
from ..delivery.compose import flat_features
from ..delivery.policy import Circumstances, Policy, Verdict, judge
from ..messages.liquid import BrokenTemplate
from ..messages.recommend import Recommending
from ..messages.render import Shop, render_message
from ..models import MessageTemplate
from .story import Letter
from .world import OneShopper


class PostOffice:
    """Judges and renders messages of one simulated shopper; keeps no decision and sends nothing."""

    def __init__(self, cursor: Cursor, scope: Scope, world: OneShopper) -> None:
        self._cursor, self._scope, self._world = cursor, scope, world
        name, settings = Tenant.objects.values_list("name", "settings").get(pk=scope.tenant_id)
        self._policy = Policy.from_settings(settings)
        self._shop = Shop(scope.tenant_id, name, base_url(scope.tenant_id), scope.currency)

    def handle(self, key: str, since: dt.datetime, now: dt.datetime) -> tuple[Verdict, Letter | None]:
        """The verdict at `now` on the message that was made `since`, and the letter when it goes out."""
        template = MessageTemplate.objects.filter(key=key).first()
        if template is None:
            return Verdict("fail", f"there is no template “{key}”"), None
        world = self._world
        names = [(name.kind, name.value) for name in world.names]
        to = address_of(template.channel, world.person.traits, names)
        marketing = template.kind == MessageTemplate.Kind.MARKETING
        verdict = judge(
            Circumstances(
                channel=template.channel,
                marketing=marketing,
                created_at=since,
                consented=world.agrees("marketing", template.channel),
                suppressed=self._suppressed(template.channel, to),
                address=to,
                zone=world.zone(),
                sent=world.sent,
            ),
            self._policy,
            now,
        )
        if verdict.decision != "send":
            return verdict, None
        try:
            letter = self._letter(template, to, now)
        except BrokenTemplate as error:
            return Verdict("fail", f"the template is broken: {error}"), None
        if marketing:
            world.sent = [*world.sent, now]
        return verdict, letter

    def _letter(self, template: MessageTemplate, to: str, now: dt.datetime) -> Letter:
        world = self._world
        recommender = Recommending(
            self._scope,
            world.names[0] if world.names else None,
            template.channel,
            self._shop.url,
            event=world.context,
            cart=world.cart(),
            keep=False,
        )
        rendered = render_message(
            template,
            self._shop,
            traits=world.traits,
            features=flat_features(world.person, now),
            computed=world.person.computed_traits(now),
            event=world.context,
            recommender=recommender,
            message_id=None,
            schema=self._scope.schema,
            cart=world.cart(),
        )
        return Letter(now, template.channel, to, rendered.subject, rendered.html, rendered.text)

    def _suppressed(self, channel: str, to: str) -> str:
        if not to:
            return ""
        blind = blind_of(self._scope.tenant_id, channel, to)
        return suppressions(self._cursor, self._scope.schema, [blind]).get((channel, blind), "")
