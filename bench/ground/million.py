"""A shop of a million shoppers: features, counts per day, ten interactions each, a user id with its key, sealed events.

Made once by SQL and COPY and kept for the next run. Fifty brands in forty categories of five thousand items; a shopper was
here on one to eight of the last ninety days and bought on half of them.
"""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid
from collections.abc import Callable

import msgspec
from django.db import connection, transaction
from psycopg import Cursor

from profiles import partitions
from tenants import keyring, vault
from tenants.crypto import blind_index, seal
from tenants.db import tenant_connection
from tenants.keys import create_key
from tenants.models import Tenant
from tenants.provisioning import create_tenant
from tenants.scope import Scope

from .prepare import unlimited_plan

SLUG = "bench-million"
SHOPPERS = 1_000_000
ITEMS = 5_000
INTERACTIONS = 10  # a shopper
EVENTS = 2  # a shopper
PORTION = 10_000
Say = Callable[[str], None]


def million(count: int, say: Say) -> tuple[Scope, str]:
    """The shop with at least `count` shoppers, made where it is missing, and a secret key."""
    tenant = Tenant.objects.filter(slug=SLUG).first()
    if tenant is None:
        tenant = create_tenant(SLUG, "A million", hosts=[f"{SLUG}.localhost"])
        Tenant.objects.filter(pk=tenant.pk).update(plan=unlimited_plan())
        keyring.changed()
    scope = keyring.scope_of_tenant(tenant)
    with tenant_connection(scope.schema):
        fill(scope, count, say)
    return scope, create_key(tenant=tenant, kind="secret", name="bench")[1]


def fill(scope: Scope, count: int, say: Say) -> None:
    """Add shoppers until there are `count`; a portion that was cut off begins again."""
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        partitions.make_ahead(scope.schema)
        _items(cursor, scope.schema)
        there = _number(cursor, f'SELECT count(*) FROM "{scope.schema}".profiles_profile')
        if there >= count:
            return
        began, first = time.monotonic(), there
        while there < count:
            with transaction.atomic():
                _portion(cursor, scope, there, min(PORTION, count - there))
            there = min(count, there + PORTION)
            if there % (10 * PORTION) == 0:
                left = (time.monotonic() - began) / (there - first) * (count - there)
                say(f"{there:,} of {count:,} shoppers made, {left:,.0f} s to go")
        for table in ("profile", "identifier", "interaction", "event"):
            cursor.execute(f'ANALYZE "{scope.schema}".profiles_{table}')


def _items(cursor: Cursor, schema: str) -> None:
    if _number(cursor, f'SELECT count(*) FROM "{schema}".catalog_item') >= ITEMS:
        return
    from catalog.models import Item

    Item.objects.bulk_create(
        [
            Item(
                external_id=f"p{n}",
                title=f"Product {n}",
                category=f"Department {n % 8} > Category {n % 40}",
                brand=f"Brand {n % 50}",
                price=1 + n % 90,
            )
            for n in range(ITEMS)
        ],
        batch_size=1000,
    )


def _portion(cursor: Cursor, scope: Scope, there: int, count: int) -> None:
    s = f'"{scope.schema}"'
    cursor.execute("SELECT setseed(%s)", [(there % 9973) / 9973])
    # The subqueries name n so that each shopper's are drawn anew.
    rows = cursor.execute(
        f"""INSERT INTO {s}.profiles_profile (uuid, unit, traits_sealed, features, counters, consent_personalisation,
                version, first_seen_at, last_seen_at)
            SELECT gen_random_uuid(), int8send(n), '',
                jsonb_build_object(
                    'demographics', jsonb_build_object('gender', (ARRAY['female', 'male', 'other'])[1 + (n %% 3)]),
                    'contact', CASE WHEN n %% 3 = 0 THEN '{{"email": true}}'::jsonb ELSE '{{}}'::jsonb END,
                    'habits', jsonb_build_object('as_of', extract(epoch FROM now()),
                        'brands', (SELECT jsonb_object_agg('Brand ' || (random() * 49)::int, 1 + b + n * 0)
                            FROM generate_series(1, 5) AS b),
                        'categories', (SELECT jsonb_object_agg('Category ' || (random() * 39)::int, 1 + c + n * 0)
                            FROM generate_series(1, 6) AS c),
                        'channels', '{{"web": 3}}'::jsonb, 'devices', '{{"mobile": 2}}'::jsonb)),
                (SELECT jsonb_object_agg(((extract(epoch FROM now()) / 86400)::int - (random() * 89)::int)::text,
                    CASE WHEN random() < 0.5
                        THEN jsonb_build_object('pv', 3 + d + n * 0, 'iv', 2, 'se', 1, 'ca', 1, 'pu', 2, 'or', 1,
                                                'rv', round((random() * 80)::numeric, 2))
                        ELSE jsonb_build_object('pv', 2 + n * 0, 'iv', 1, 'se', 1) END)
                    FROM generate_series(1, 1 + (n %% 8)::int) AS d),
                true, n, now() - interval '200 days', now() - random() * interval '90 days'
            FROM generate_series(%s::bigint, %s::bigint) AS n RETURNING id""",
        [there, there + count - 1],
    ).fetchall()
    ids = [row[0] for row in rows]
    cursor.execute(
        f"""INSERT INTO {s}.profiles_interaction
                (profile_id, item_id, kind, at, quantity, value, order_key, place, channel)
            SELECT p, i.first + floor(random() * {ITEMS})::bigint, CASE WHEN k %% 3 = 0 THEN 3 ELSE 1 END,
                now() - random() * interval '300 days', 1, CASE WHEN k %% 3 = 0 THEN (random() * 40)::float8 ELSE 0 END,
                CASE WHEN k %% 3 = 0 THEN p * 10 + k ELSE 0 END, -1, 'web'
            FROM unnest(%s::bigint[]) AS p, generate_series(1, {INTERACTIONS}) AS k,
                (SELECT min(id) AS first FROM {s}.catalog_item WHERE external_id LIKE 'p%%') AS i""",
        [ids],
    )
    _names_and_events(cursor, scope, ids, there)


def _names_and_events(cursor: Cursor, scope: Scope, ids: list[int], there: int) -> None:
    blinds = [blind_index(scope.tenant_id, "user_id", user(there + n)) for n in range(len(ids))]
    keys = vault.person_keys(scope.tenant_id, blinds)
    with cursor.copy(
        f'COPY "{scope.schema}".profiles_identifier (profile_id, kind, blind, value_sealed, created_at) FROM STDIN'
    ) as copy:
        now = dt.datetime.now(dt.UTC)
        for number, (profile, blind) in enumerate(zip(ids, blinds, strict=True)):
            copy.write_row((profile, "user_id", blind, seal(keys[blind], user(there + number).encode()), now))
    rng = random.Random(there)
    with cursor.copy(
        f"""COPY "{scope.schema}".profiles_event
            (id, received_at, type, handle, message_key, payload, key_kind, profile_id, flags) FROM STDIN"""
    ) as copy:
        for number, (profile, blind) in enumerate(zip(ids, blinds, strict=True)):
            for k in range(EVENTS):
                at = now - dt.timedelta(hours=rng.randrange(24 * 60))
                said = {"channel": rng.choice(("app", "mail", "web")), "amount": rng.randrange(90)}
                stored = {
                    "at": int(at.timestamp() * 1e6),
                    "event": {"userId": user(there + number), "event": "Wishlist Shared", "properties": said},
                }
                sealed = seal(keys[blind], msgspec.json.encode(stored))
                row = (1 + EVENTS * (there + number) + k, now, 2, blind, uuid.uuid4(), sealed, 2, profile, 0)
                copy.write_row(row)


def user(number: int) -> str:
    return f"million-{number}"


def _number(cursor: Cursor, query: str) -> int:
    row = cursor.execute(query).fetchone()  # type: ignore[arg-type]  # the bench's own words
    return int(row[0]) if row else 0
