"""The first half of a delivery, in one transaction: claim, judge, render, and note that sending begins."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import structlog
from django.conf import settings
from django.db import connection, transaction
from psycopg import Cursor

from compliance.consent import allowed
from tenants import vault
from tenants.crypto import seal
from tenants.due import mark_due_at
from tenants.scope import Scope

from ..addresses import addresses_of, blind_of
from ..campaigns.words import CANCELLED, PAUSED
from ..cart import read_carts
from ..channels import CHANNELS
from ..channels.base import Endpoint, Parcel
from ..engine.people import Named, Person, read_names, read_people
from ..hints import MESSAGES
from ..local_time import zone_named
from ..messages.liquid import BrokenTemplate
from ..messages.render import mentions
from ..models import Campaign, Journey, MessageTemplate
from ..pinned import CHANGED, pinned
from ..services.channels import endpoint_of
from ..words import PAUSED as JOURNEY_PAUSED
from . import breaker
from .claim import AWAY, Due, claim, contacts, suppressions
from .compose import Composer, open_content, parcel_of
from .policy import Circumstances, Policy, Verdict, judge
from .results import Fate, settle

log = structlog.get_logger("attune.delivery")

BREAKER_PAUSE = dt.timedelta(seconds=30)
# By the status of the message's journey and that of its campaign: it has one of the two.
_PAUSED = {
    (Journey.Status.PAUSED.value, ""): JOURNEY_PAUSED,
    ("", Campaign.Status.PAUSED.value): PAUSED,
}
_STOPPED = {
    (Journey.Status.ARCHIVED.value, ""): "the journey was archived",
    ("", Campaign.Status.CANCELLED.value): CANCELLED,
}
UNCERTAIN = "the sender stopped while it was sending, and this channel can't tell whether it went out"


@dataclass(slots=True)
class Ready:
    """A message whose sending has begun: it is `sending` in the database, under `lease`.

    `repeats`: it says what an earlier attempt said, which may have arrived.
    """

    message: Due
    parcel: Parcel
    endpoint: Endpoint
    lease: uuid.UUID
    lease_until: dt.datetime
    attempt: int
    repeats: bool


def prepare(scope: Scope, limit: int, now: dt.datetime) -> tuple[list[Ready], int]:
    """(messages to hand to their channels now, messages looked at). Everything else is settled already."""
    with transaction.atomic():
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            cursor.execute("SET LOCAL transaction_timeout = '14s'")
            claimed = claim(cursor, scope.schema, limit)
            if not claimed:
                return [], 0
            desk = _Desk(cursor, scope, claimed, now)
            outcomes = [desk.decide(message) for message in claimed]
            ready = [outcome for outcome in outcomes if isinstance(outcome, Ready)]
            fates = [outcome for outcome in outcomes if isinstance(outcome, Fate)]
            settle(cursor, scope, fates, now)
            _begin(cursor, scope, ready, desk, now)
    return ready, len(claimed)


class _Desk:
    """Everything that is known about a batch's shoppers, read once."""

    def __init__(self, cursor: Cursor, scope: Scope, claimed: Sequence[Due], now: dt.datetime) -> None:
        self._scope, self._now = scope, now
        ids = {message.profile_id for message in claimed}
        self.people: dict[int, Person] = read_people(cursor, scope, ids)
        self.names: dict[int, list[Named]] = read_names(cursor, scope, ids)
        self.composer = Composer(scope, now)
        self.policy = Policy.from_settings(self.composer.settings)
        self.templates = {
            t.pk: t for t in MessageTemplate.objects.filter(pk__in={m.template_id for m in claimed})
        }
        shown = {
            pk
            for pk, template in self.templates.items()
            if mentions(template, "cart.items") or mentions(template, "recommendations")
        }
        if shown:
            buyers = {m.profile_id for m in claimed if m.template_id in shown}
            self.composer.carts = read_carts(cursor, scope.schema, buyers, now)
        self.endpoints = {c: endpoint_of(scope.tenant_id, c) for c in {m.channel for m in claimed}}
        self._zone = zone_named(scope.time_zone) or dt.UTC
        self._sent = contacts(cursor, scope.schema, ids)
        self._consents = {
            channel: allowed(scope.schema, ids, "marketing", channel) for channel in self.endpoints
        }
        self._moved: dict[int, str] = {}
        self._addresses = {m.id: self._address(m) for m in claimed}
        blinds = [self._blind(m) for m in claimed if self._addresses[m.id]]
        self._suppressed = suppressions(cursor, scope.schema, blinds)
        self.contents: dict[int, bytes] = {}

    def decide(self, message: Due) -> Ready | Fate:
        endpoint = self.endpoints[message.channel]
        if message.leased and not CHANNELS[endpoint.kind].idempotent:
            return Fate(message, "unknown", UNCERTAIN)
        verdict = judge(self._circumstances(message), self.policy, self._now)
        if message.leased:
            # What may have gone out already is repeated under its key, never dropped; but not to whom it may not go now.
            if verdict.decision in ("skip", "fail"):
                return Fate(
                    message, "unknown", f"the sender stopped while it was sending, and now {verdict.reason}"
                )
        elif verdict.decision != "send":
            return _fate(message, verdict)
        if breaker.is_open(endpoint.name):
            until = self._now + BREAKER_PAUSE
            return Fate(message, "delayed", "the channel does not answer at the moment", until=until)
        return self._ready(message, endpoint)

    def _ready(self, message: Due, endpoint: Endpoint) -> Ready | Fate:
        template = self.templates.get(message.template_id)
        person = self.people.get(message.profile_id)
        if template is None or person is None:
            gone = "the template is gone" if template is None else "the shopper is no longer on file"
            return Fate(message, "failed", gone)
        to, names = self._addresses[message.id], self.names.get(message.profile_id, [])
        content = open_content(self._scope, message)
        repeats = content is not None and content["to"] == to
        try:
            # A savepoint: what one message's data does to a query must not hold up the others either.
            with transaction.atomic():
                if content is None or not repeats:
                    content = self.composer.compose(message, template, person, names, to)
            self.contents[message.id] = orjson.dumps(content)
        except BrokenTemplate as error:
            return Fate(message, "failed", f"the template is broken: {error}")
        except AWAY:
            raise
        except Exception as error:
            log.exception("message not rendered", message=message.id)
            return Fate(message, "retry", f"the message could not be made ({type(error).__name__})")
        if message.marketing:
            self._sent.setdefault(message.profile_id, []).append(self._now)
        return Ready(
            message,
            parcel_of(message, content),
            endpoint,
            uuid.uuid4(),
            self._now + dt.timedelta(seconds=settings.MESSAGE_LEASE_SECONDS),
            message.attempts + 1,
            repeats,
        )

    def _circumstances(self, message: Due) -> Circumstances:
        person = self.people.get(message.profile_id)
        address = self._addresses[message.id]
        status = message.journey_status
        begun = message.leased or message.by_hand
        return Circumstances(
            channel=message.channel,
            marketing=message.marketing,
            created_at=message.created_at,
            known=person is not None,
            # What began to go out, or is sent by hand, is not called back by the end of its journey or campaign.
            inside=begun or message.enrolment_live is not False,
            paused=_PAUSED.get((status, message.campaign_status), ""),
            stopped=self._moved.get(message.id)
            or ("" if begun else _STOPPED.get((status, message.campaign_status), "")),
            consented=message.profile_id in self._consents[message.channel],
            suppressed=self._suppressed.get((message.channel, self._blind(message)), "") if address else "",
            address=address,
            zone=person.zone(self._zone) if person else self._zone,
            sent=self._sent.get(message.profile_id, ()),
        )

    def _address(self, message: Due) -> str:
        person = self.people.get(message.profile_id)
        names = [(n.kind, n.value) for n in self.names.get(message.profile_id, ())]
        known = list(addresses_of(message.channel, person.traits if person else {}, names))
        template = self.templates.get(message.template_id)
        only = pinned(
            self._scope, template.key if template else "", bytes(message.unit), bytes(message.context)
        )
        if only is None:
            return known[0] if known else ""
        found = next((to for to in known if blind_of(self._scope.tenant_id, message.channel, to) == only), "")
        if not found:
            self._moved[message.id] = CHANGED
        return found

    def _blind(self, message: Due) -> bytes:
        return blind_of(self._scope.tenant_id, message.channel, self._addresses[message.id])


def _fate(message: Due, verdict: Verdict) -> Fate:
    state = {"delay": "delayed", "skip": "skipped", "fail": "failed"}[verdict.decision]
    return Fate(message, state, verdict.reason, until=verdict.until)


def _begin(cursor: Cursor, scope: Scope, ready: Sequence[Ready], desk: _Desk, now: dt.datetime) -> None:
    if not ready:
        return
    units = {bytes(r.message.unit) for r in ready}
    keys = vault.existing_person_keys(scope.tenant_id, units)
    if len(keys) < len(units):
        keys.update(vault.person_keys(scope.tenant_id, units - keys.keys()))
    cursor.execute(
        f"""UPDATE "{scope.schema}".journeys_message m
            SET state = 'sending', reason = '', lease = t.lease, lease_until = t.until, attempts = t.attempt,
                attempted_at = %b, content = t.content, decisions = m.decisions || t.decisions::uuid[]
            FROM unnest(%b::bigint[], %b::uuid[], %b::timestamptz[], %b::smallint[], %b::bytea[], %b::text[])
                 AS t(id, lease, until, attempt, content, decisions) WHERE m.id = t.id""",
        [
            now,
            [r.message.id for r in ready],
            [r.lease for r in ready],
            [r.lease_until for r in ready],
            [r.attempt for r in ready],
            [seal(keys[bytes(r.message.unit)], desk.contents[r.message.id]) for r in ready],
            ["{" + ",".join(map(str, desk.composer.decisions.get(r.message.id, ()))) + "}" for r in ready],
        ],
    )
    mark_due_at(cursor, scope.tenant_id, MESSAGES, (r.lease_until for r in ready))
