"""No key reads or changes another tenant's data, at any address of the API.

The addresses come from the URL resolver: a new one is tested without being named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from catalog.models import Item
from compliance.models import SubjectRequest
from experiments.models import Experiment
from profiles.models import Import, Segment
from recommendations.models import Decision, Placement, Rule
from tenants.db import tenant_connection
from tenants.models import Tenant

METHODS = ("get", "post", "put", "patch", "delete")
SECRET = "alphas-own"  # stands in every value of alpha's, and must never stand in an answer to beta
DECISION = "01890000-0000-7000-8000-000000000001"


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver(settings.API_URLCONF)).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from addresses(pattern, route)


# Their answer says nothing of anybody: the same picture or {"success": true} for all, or what the key in the address is
# for. Whose key it is they find themselves; see tests/profiles/test_pixel.py and test_sdk_settings.py.
MUTE = {route for route in addresses() if re.fullmatch(r"v1/pixel/\w+|(api/)?v1/m/?|v1/projects/.*", route)}
ROUTES = sorted(set(addresses()) - MUTE)


@pytest.fixture
def belongings(tenant: Tenant) -> dict[str, str]:
    """One of everything, in alpha's schema; URL parameter → alpha's id."""
    with tenant_connection(tenant.schema_name):
        item = Item.objects.create(
            external_id=f"{SECRET}-item", title=f"{SECRET} title", category=SECRET, price=1
        )
        placement = Placement.objects.get(key="home")
        rule = Rule.objects.create(
            name=f"{SECRET} rule", action="boost", match={"item_ids": [item.external_id]}
        )
        Segment.objects.create(key=f"{SECRET}-segment", name=SECRET, status="live")
        Decision.objects.create(
            id=DECISION,
            at="2026-01-01T00:00Z",
            placement=placement.key,
            trace={"items": [{"item_id": SECRET}]},
        )
        experiment = Experiment.objects.create(key=f"{SECRET}-experiment", name=SECRET, status="running")
        SubjectRequest.objects.create(
            id=DECISION,
            kind="erasure",
            recorded_by="user:1",
            submitted_at="2026-01-01T00:00Z",
            received_at="2026-01-01T00:00Z",
            due_at="2026-02-01T00:00Z",
            subject_digest=b"",
        )
        uploaded = Import.objects.create(name=f"{SECRET}-file", size=1, end=1, digest="", created_by="user:1")
    return {
        "import_id": str(uploaded.pk),
        "key": experiment.key,
        "decision_id": DECISION,
        "subject_request_id": DECISION,
        "item_id": item.external_id,
        "rule_id": str(rule.pk),
        "segment_key": f"{SECRET}-segment",
        "user_id": SECRET,
    }


def filled(route: str, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1].rpartition(":")[2]
        assert name in values, f"give tests/tenants/test_isolation.py a value for “{name}” of {route}"
        return values[name]

    return "/" + re.sub(r"<([^>]+)>", value, route)


def snapshot(tenant: Tenant) -> list[tuple[str, list]]:
    """Every row of alpha's schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [tenant.schema_name]
        )
        tables = [row[0] for row in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{tenant.schema_name}"."{table}" t ORDER BY 1')
            rows.append((table, cursor.fetchall()))
    return rows


def test_there_are_addresses() -> None:
    assert len(ROUTES) >= 2


@pytest.mark.parametrize("route", ROUTES)
def test_a_rivals_key_gets_nothing_and_changes_nothing(
    route: str, belongings: dict[str, str], tenant: Tenant, rival_key: str, api: Callable[..., Client]
) -> None:
    before = snapshot(tenant)
    path = filled(route, belongings)
    for method in METHODS:
        response = getattr(api(rival_key), method)(
            path, data=None if method == "get" else "{}", content_type="application/json"
        )
        assert response.status_code < 500, (method, path, response.content)
        answer = response.content.decode().replace(path, "").replace(belongings["user_id"] + '"', "")
        assert SECRET not in answer.replace(f"“{SECRET}", ""), (method, path)
        if "<" in route and method == "get":
            assert response.status_code == 404, (path, response.content)
    assert snapshot(tenant) == before


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("key", [None, "sk_alpha_wrong"], ids=["no key", "unknown key"])
def test_a_stranger_gets_nothing(
    route: str, key: str | None, belongings: dict[str, str], tenant: Tenant, api: Callable[..., Client]
) -> None:
    for method in METHODS:
        response = getattr(api(key), method)(
            filled(route, belongings), data=None if method == "get" else "{}", content_type="application/json"
        )
        assert response.status_code in (401, 405), (method, route, response.status_code)


@pytest.mark.parametrize("route", ROUTES)
def test_a_key_without_scopes_gets_nothing(
    route: str, belongings: dict[str, str], tenant: Tenant, api: Callable[..., Client]
) -> None:
    from tenants.keys import create_key

    key = create_key(tenant=tenant, kind="secret", name="powerless", scopes=[])[1]
    for method in METHODS:
        response = getattr(api(key), method)(
            filled(route, belongings), data=None if method == "get" else "{}", content_type="application/json"
        )
        assert response.status_code in (403, 405), (method, route, response.status_code, response.content)
        assert SECRET not in response.content.decode()


@pytest.mark.parametrize("route", sorted(MUTE))
@pytest.mark.parametrize("key", [None, "sk_alpha_wrong", "rival"])
def test_what_everybody_may_ask_says_and_changes_nothing(
    route: str,
    key: str | None,
    belongings: dict[str, str],
    tenant: Tenant,
    rival_key: str,
    api: Callable[..., Client],
) -> None:
    before = snapshot(tenant)
    path = filled(route, {**belongings, "write_key": f"{SECRET}-key"})
    for method in METHODS:
        response = getattr(api(rival_key if key == "rival" else key), method)(
            path, data=None if method == "get" else "{}", content_type="application/json"
        )
        assert response.status_code < 500
        assert SECRET.encode() not in response.content.replace(path.encode(), b"")
    assert snapshot(tenant) == before


def test_a_key_on_another_tenants_host_is_unknown(
    tenant: Tenant, rival_key: str, api: Callable[..., Client]
) -> None:
    response = api(rival_key, host="alpha.localhost").get("/api/v1/recommendations")
    assert response.status_code == 401
