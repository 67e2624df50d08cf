"""Traits of many shoppers at once, such as a loyalty programme's demographics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor

from compliance.names import addresses_in, without
from compliance.suppression import suppressed
from tenants import due
from tenants.crypto import blind_index
from tenants.db import tenant_connection
from tenants.scope import Scope

from ..identity.traits import IMPORT
from ..ingest.store import QUEUE
from ..processing import versions
from ..processing.addresses import write_addresses
from ..processing.drafts import Draft, load, seal_traits, write
from ..processing.write import blinds_of
from ..segments.judging import judge_everybody
from ..traits.streaming import finish_states, kept_measures
from .shoppers import ensure_profiles, portions

PORTION = 1_000


def import_traits(scope: Scope, traits: Mapping[str, Mapping[str, Any]]) -> int:
    """Merge traits into the profiles of the given user ids, made where missing; how many profiles.

    Addresses of erased people are left out. Running it twice changes nothing but the versions.
    """
    now = dt.datetime.now(dt.UTC)
    with tenant_connection(scope.schema):
        profiles = ensure_profiles(scope, dict.fromkeys(traits, (now, now)))
        for users in portions(sorted(profiles, key=profiles.__getitem__), PORTION):
            with transaction.atomic(), Cursor(connection.connection) as cursor:
                addresses = addresses_in(scope.tenant_id, (traits[user] for user in users))
                erased = suppressed(cursor, scope.schema, set(addresses.values()))
                refused = {text for text, blind in addresses.items() if blind in erased}
                drafts = load(cursor, scope, [profiles[user] for user in users])
                for user in users:
                    if profiles[user] in drafts:
                        _say(scope, drafts[profiles[user]], user, without(traits[user], refused), now)
                seal_traits(scope, list(drafts.values()))
                measures = kept_measures(cursor, scope.schema)
                finish_states(cursor, scope.schema, measures, drafts.values(), measures.days.today())
                write(cursor, scope, list(drafts.values()))
                write_addresses(cursor, scope, drafts.values())
                numbers = {b: drafts[p].version for b, p in blinds_of(cursor, scope.schema, list(drafts))}
                note = versions.write_note(cursor, scope.schema, numbers)
                due.mark_due(cursor, scope.tenant_id, QUEUE)
            if note is not None and versions.tell(scope.schema, numbers):
                with Cursor(connection.connection) as cursor:
                    versions.forget_note(cursor, scope.schema, note)
        with transaction.atomic():
            judge_everybody(scope)
    return len(profiles)


def _say(scope: Scope, draft: Draft, user: str, traits: Mapping[str, Any], now: dt.datetime) -> None:
    origin = blind_index(scope.tenant_id, "user_id", user)
    draft.say(origin, dict(traits), int(now.timestamp() * 1e6), b"", IMPORT)
    draft.version += 1
    draft.imported = True
