"""The journey that is disturbed: two messages by webhook, with a delay before each."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.db import connection

from journeys.models import MessageTemplate
from journeys.services.channels import save_endpoint
from journeys.services.drafts import create_journey, publish
from journeys.services.messages import save_policy
from tenants.db import tenant_connection
from tenants.keys import create_key
from tenants.models import Tenant
from tenants.provisioning import create_tenant

TENANT = "chaos"
SECRET = "a-signing-secret-for-the-sink"
SENDS = ("first", "second")
STEPS = 6


def _graph() -> dict[str, Any]:
    keys = ["in", "wait", "first", "pause", "second", "out"]
    types = ["event_trigger", "delay", "send", "delay", "send", "exit"]
    configs: list[dict[str, Any]] = [
        {"event": "Product Added"},
        {"seconds": 1},
        {"template": "chaos"},
        {"seconds": 2},
        {"template": "chaos"},
        {},
    ]
    return {
        "nodes": [
            {"key": key, "type": kind, "config": config}
            for key, kind, config in zip(keys, types, configs, strict=True)
        ],
        "edges": [{"from": one, "port": "next", "to": other} for one, other in pairwise(keys)],
    }


def prepare(url: str, enrolments: int, spread: float) -> Tenant:
    """A tenant whose shoppers wait to enter over `spread` seconds from now, all of whom agreed to marketing."""
    tenant = create_tenant(TENANT, "Chaos", hosts=[f"{TENANT}.localhost"])
    Tenant.objects.filter(pk=tenant.pk).update(settings={"consent": {"defaults": {"marketing": True}}})
    with tenant_connection(tenant.schema_name):
        save_policy(tenant.pk, {"cap_day": 0, "cap_week": 0}, actor="chaos")
        save_endpoint(tenant.pk, "webhook", "webhook", {"url": url}, {"secret": SECRET}, actor="chaos")
        MessageTemplate.objects.create(
            key="chaos", name="Chaos", channel="webhook", text="Hello from {{ shop.name }}"
        )
        version = publish(create_journey("Chaos", actor="chaos", graph=_graph()).pk, actor="chaos")
        _enrol(tenant, version.journey_id, version.pk, enrolments, spread)
    return tenant


def key_of(tenant: Tenant) -> str:
    """A secret API key, for those who enter by events."""
    return create_key(tenant=tenant, kind="secret", name="chaos")[1]


def _enrol(tenant: Tenant, journey: int, version: int, count: int, spread: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH people AS (
                   INSERT INTO profiles_profile (uuid, unit, traits_sealed, features, counters, consent_personalisation,
                       version, first_seen_at, last_seen_at)
                   SELECT gen_random_uuid(), uuid_send(gen_random_uuid()), '', '{}', '{}', true, 0, now(), now()
                   FROM generate_series(1, %s) RETURNING id, unit)
               INSERT INTO journeys_enrolment (journey_id, version_id, profile_id, unit, context, node, visit, resume_at,
                   parked, woken, woken_detail, attempts, entered_at, outcome, reason, goal_value)
               SELECT %s, %s, id, unit, '', 'in', 0,
                      now() + make_interval(secs => %s * (row_number() OVER ()) / %s), false, '', '', 0, now(), '', '', 0
               FROM people""",
            [count, journey, version, spread, count],
        )
        cursor.execute(
            """INSERT INTO public.tenants_due (tenant_id, queue, at)
               SELECT DISTINCT %s::bigint, 'journeys', date_trunc('second', resume_at) FROM journeys_enrolment
               ON CONFLICT DO NOTHING""",
            [tenant.pk],
        )
