"""Events of erased people that were on their way: they are dropped, and nothing of them stays."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from psycopg import Cursor

from compliance.names import addresses_in, forms, may_be_address, texts_in, without
from compliance.suppression import suppressed
from tenants.scope import Scope

from .claim import Claimed
from .decode import Decoded, Occurrence
from .scrub import scrub

log = structlog.get_logger("attune.processing")


def withhold(cursor: Cursor, scope: Scope, decoded: Decoded) -> Decoded:
    """`decoded` without what names an erased person; that is deleted in the caller's transaction.

    An event counts for its user, or for its visitor when it names no user. If that is an erased person, the event goes.
    An event of somebody else that also names an erased person loses only that: identifiers, and e-mail addresses and
    phone numbers among the traits, here and in the event as it is stored. Other names can't be told from anybody's.
    """
    tenant_id = scope.tenant_id
    traits = (said for e in decoded.events for said in (e.traits, e.context.get("traits")))
    addresses = addresses_in(tenant_id, traits)
    written = _other_forms(tenant_id, decoded.events)
    named = {b for e in decoded.events for b in (e.user, e.anonymous, e.previous, e.previous_user) if b}
    erased = suppressed(cursor, scope.schema, named | written.keys() | set(addresses.values()))
    gone = list(decoded.forgotten)
    if erased:
        erased |= {blind for form, blinds in written.items() if form in erased for blind in blinds}
        texts = {text for text, blind in addresses.items() if blind in erased}
        kept, changed = [], []
        for event in decoded.events:
            if (event.user or event.anonymous) in erased:
                gone.append(event.claimed)
                continue
            ids = _unname(event, erased)
            if ids | _strip(event, texts):
                changed.append((event.claimed, ids))
            kept.append(event)
        decoded.events = kept
        scrub(cursor, scope, changed, texts)
    if gone:
        _delete(cursor, scope.schema, gone)
        log.info("events of erased people dropped", events=len(gone))
    return decoded


def _other_forms(tenant_id: int, events: Sequence[Occurrence]) -> dict[bytes, list[bytes]]:
    """Ids that are addresses, by the hashes of the same in small letters and without spaces."""
    found: dict[bytes, list[bytes]] = {}
    for event in events:
        for blind, (kind, value) in event.values.items():
            if may_be_address(value):
                for form in forms(tenant_id, kind, value) - {blind}:
                    found.setdefault(form, []).append(blind)
    return found


def _unname(event: Occurrence, erased: set[bytes]) -> set[str]:
    """Take the identifiers of erased people out of the event; which they were."""
    dropped = {blind for blind in (event.anonymous,) if blind in erased}
    if event.anonymous in erased:
        event.anonymous = None
    # What was called before may have been a visitor or a user: refused as one, it is refused as the other.
    if event.previous in erased or event.previous_user in erased:
        dropped |= {event.previous} if event.previous else set()
        event.previous = event.previous_user = None
    values = {event.values[blind][1] for blind in dropped if blind in event.values}
    for blind in dropped - {event.user, event.anonymous, event.previous}:
        event.values.pop(blind, None)
    return values


def _strip(event: Occurrence, texts: set[str]) -> set[str]:
    """Take the addresses of erased people out of the event's traits; which they were."""
    said = event.context.get("traits")
    found = texts & {*texts_in(event.traits), *texts_in(said)} if texts else set()
    if found:
        event.traits = without(event.traits, found)
        if said:
            event.context = {**event.context, "traits": without(said, found)}
    return found


def _delete(cursor: Cursor, schema: str, events: Sequence[Claimed]) -> None:
    cursor.execute(
        f"""WITH gone AS (
                DELETE FROM "{schema}".profiles_event e USING unnest(%s::timestamptz[], %s::bigint[]) AS t(received_at, id)
                WHERE e.received_at = t.received_at AND e.id = t.id RETURNING message_key)
            DELETE FROM "{schema}".profiles_messagekey WHERE key IN (SELECT message_key FROM gone)""",
        [[e.received_at for e in events], [e.id for e in events]],
    )
