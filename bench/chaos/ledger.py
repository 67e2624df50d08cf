"""What is true afterwards: every acknowledged event stored once, counted once, in its shopper's order."""

from __future__ import annotations

from django.db import connection

from profiles.features import buckets
from profiles.selectors import find_profile
from tenants import keyring
from tenants.db import tenant_connection
from tenants.keys import create_key
from tenants.models import Tenant
from tenants.provisioning import create_tenant

from ..ground.prepare import unlimited_plan


def new_tenant(slug: str) -> tuple[Tenant, str]:
    """A tenant without limits, and a secret key of it."""
    tenant = create_tenant(slug, slug, plan=unlimited_plan())
    return tenant, create_key(tenant=tenant, kind="secret", name="chaos")[1]


def left(tenant: Tenant, acknowledged: int) -> int:
    """How many acknowledged events are not processed yet: in the queue, or not even in the database."""
    with tenant_connection(tenant.schema_name), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM profiles_eventqueue), (SELECT count(*) FROM profiles_event)"
        )
        queued, stored = cursor.fetchone()
        return int(queued) + max(0, acknowledged - int(stored))


def processed(tenant: Tenant) -> int:
    """How many events workers have counted."""
    with tenant_connection(tenant.schema_name), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM profiles_interaction")
        return int(cursor.fetchone()[0])


def wrong(tenant: Tenant, sent: dict[str, int]) -> list[str]:
    """Everything that is not as it should be, in sentences. `sent`: shopper → events, each acknowledged."""
    with tenant_connection(tenant.schema_name):
        found = [*_totals(sum(sent.values())), *_letters()]
        scope = keyring.scope_of_tenant(tenant)
        for shopper, count in sent.items():
            profile = find_profile(scope, "user_id", shopper)
            if profile is None:
                found.append(f"{shopper} has no profile, and {count} events.")
                continue
            seen = _quantities(profile.pk)
            if sorted(seen) != list(range(1, count + 1)):
                missing, twice = len({*range(1, count + 1)} - {*seen}), len(seen) - len(set(seen))
                found.append(f"{shopper}: {missing} of {count} events are missing, {twice} came twice.")
            elif seen != sorted(seen):
                found.append(f"{shopper}: events were processed out of order.")
            views = sum(bucket.get(buckets.ITEM_VIEW, 0) for bucket in profile.counters.values())
            if views != count:
                found.append(f"{shopper}: {views:g} views are counted, not {count}.")
        return found[:20]


def _totals(events: int) -> list[str]:
    asked = {
        "events are stored": "SELECT count(*) FROM profiles_event",
        "views are counted by item": "SELECT coalesce(sum(views), 0) FROM recommendations_itemday",
        "interactions are kept": "SELECT count(*) FROM profiles_interaction",
    }
    found = []
    with connection.cursor() as cursor:
        for what, query in asked.items():
            cursor.execute(query)
            number = int(cursor.fetchone()[0])
            if number != events:
                found.append(f"{number:,} {what}, not {events:,}.")
    return found


def _letters() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason, count(*), min(detail) FROM profiles_deadletter GROUP BY 1")
        return [
            f"{count} events are dead letters: {why} ({detail})." for why, count, detail in cursor.fetchall()
        ]


def _quantities(profile: int) -> list[int]:
    """The numbers of the shopper's events in the order in which they were processed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quantity FROM profiles_interaction WHERE profile_id = %s ORDER BY id", [profile]
        )
        return [int(quantity) for (quantity,) in cursor.fetchall()]
