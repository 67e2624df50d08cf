"""Rules over HTTP: kept, checked, previewed, audited, and felt at once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.test import Client

from catalog.lines import ItemInput
from catalog.services import upsert_items
from recommendations.models import Rule
from tenants import epochs
from tenants.keys import create_key
from tenants.models import Tenant
from tenants.workspace.models import AuditRecord

Api = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("inside")
ADDRESS = "/api/v1/rules"
SUMMER = {
    "name": "Summer",
    "action": "boost",
    "match": {"categories": ["Women>Dresses"], "price_max": 100},
    "weight": 3,
    "placement": "home",
    "starts_at": "2026-06-01T00:00:00Z",
    "ends_at": "2026-09-01T00:00:00Z",
}


def send(client: Client, method: str, address: str, document: Any) -> Any:
    return getattr(client, method)(address, orjson.dumps(document), content_type="application/json")


@pytest.fixture
def shop(tenant: Tenant, inside: None) -> None:
    upsert_items(
        tenant.schema_name,
        [
            ItemInput(item_id=str(n), title=f"Dress {n}", category="Women > Dresses", price=Decimal(n * 10))
            for n in range(1, 21)
        ],
    )


def test_a_rule_lives_and_dies(api: Api, secret_key: str, tenant: Tenant) -> None:
    client = api(secret_key)
    made = send(client, "post", ADDRESS, SUMMER)
    assert made.status_code == 201
    rule_id = made.json()["rule_id"]
    assert made.json()["match"] == {"categories": ["Women > Dresses"], "price_max": 100.0}
    assert client.get(f"{ADDRESS}/{rule_id}").json()["starts_at"] == "2026-06-01T00:00:00+00:00"
    assert send(client, "patch", f"{ADDRESS}/{rule_id}", {"weight": 4}).json()["weight"] == 4
    put = send(
        client, "put", f"{ADDRESS}/{rule_id}", {"name": "All", "action": "bury", "match": {"brands": ["X"]}}
    )
    assert (put.json()["placement"], put.json()["weight"], put.json()["starts_at"]) == (None, 2.0, None)
    assert [r["rule_id"] for r in client.get(ADDRESS).json()["rules"]] == [rule_id]
    assert client.delete(f"{ADDRESS}/{rule_id}").status_code == 204
    assert client.get(f"{ADDRESS}/{rule_id}").status_code == 404
    records = AuditRecord.objects.filter(target=f"rule:{rule_id}").order_by("pk")
    assert [r.action for r in records] == ["rule created", "rule changed", "rule changed", "rule deleted"]
    assert records[1].details["changed"] == {"weight": [3.0, 4.0]}
    assert epochs.current(tenant.schema_name)["rules"] == 4


def test_a_change_that_changes_nothing_leaves_no_trace(api: Api, secret_key: str, tenant: Tenant) -> None:
    rule_id = send(api(secret_key), "post", ADDRESS, SUMMER).json()["rule_id"]
    before = epochs.current(tenant.schema_name)
    assert send(api(secret_key), "put", f"{ADDRESS}/{rule_id}", SUMMER).status_code == 200
    assert epochs.current(tenant.schema_name) == before


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"weight": 0}, "invalid_rule", "weight"),
        ({"weight": -2}, "invalid_rule", "weight"),
        ({"weight": 1e9}, "invalid_rule", "weight"),
        ({"placement": "nowhere"}, "unknown_placement", "placement"),
        ({"placement": "a\x00"}, "unknown_placement", "placement"),
        ({"match": {}}, "invalid_rule", "match"),
        ({"match": {"item_ids": []}}, "invalid_rule", "match"),
        ({"match": {"colours": ["red"]}}, "invalid_rule", "match"),
        ({"match": {"item_ids": "D1"}}, "invalid_rule", "match.item_ids"),
        ({"match": {"brands": [" "]}}, "invalid_rule", "match.brands"),
        ({"match": {"price_min": -1}}, "invalid_rule", "match.price_min"),
        ({"match": {"price_min": 5, "price_max": 4}}, "invalid_rule", "match.price_max"),
        ({"ends_at": "2026-05-01T00:00:00Z"}, "invalid_rule", "ends_at"),
        ({"starts_at": "yesterday"}, "invalid_rule", "starts_at"),
        ({"action": "hide"}, "invalid_rule", "action"),
        ({"action": "pin"}, "invalid_rule", "match.item_ids"),
        ({"position": 0}, "invalid_rule", "position"),
        ({"name": " "}, "invalid_rule", "name"),
        ({"colour": "red"}, "invalid_rule", ""),
    ],
)
def test_what_is_refused(api: Api, secret_key: str, change: dict[str, Any], code: str, field: str) -> None:
    answer = send(api(secret_key), "post", ADDRESS, {**SUMMER, **change})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (400, code, field)
    assert problem["detail"]
    assert not Rule.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"null", b"{"])
def test_a_body_that_is_no_object(api: Api, secret_key: str, body: bytes) -> None:
    assert api(secret_key).post(ADDRESS, body, content_type="application/json").status_code == 400


def test_preview_counts_before_anything_is_made(api: Api, secret_key: str, shop: None) -> None:
    found = send(api(secret_key), "post", f"{ADDRESS}/preview", {"match": SUMMER["match"]}).json()
    assert found["matched"] == 10
    assert len(found["sample"]) == 10
    assert not Rule.objects.exists()
    assert send(api(secret_key), "post", f"{ADDRESS}/preview", {}).status_code == 400


def test_a_rule_says_how_many_items_it_matches(api: Api, secret_key: str, shop: None) -> None:
    assert send(api(secret_key), "post", ADDRESS, SUMMER).json()["matched"] == 10


def test_a_placement_lists_what_is_in_force_there(api: Api, secret_key: str) -> None:
    client = api(secret_key)
    for placement in ("home", "cart", None):
        send(client, "post", ADDRESS, {**SUMMER, "name": str(placement), "placement": placement})
    names = [r["name"] for r in client.get(ADDRESS, {"placement": "cart"}).json()["rules"]]
    assert names == ["cart", "None"]
    assert client.get(ADDRESS, {"placement": "nowhere"}).json()["code"] == "unknown_placement"


def test_scopes(api: Api, secret_key: str, publishable_key: str, tenant: Tenant) -> None:
    rule_id = send(api(secret_key), "post", ADDRESS, SUMMER).json()["rule_id"]
    reader = api(create_key(tenant=tenant, kind="secret", name="reader", scopes=["rules:read"])[1])
    assert reader.get(f"{ADDRESS}/{rule_id}").status_code == 200
    assert send(reader, "post", f"{ADDRESS}/preview", {"match": SUMMER["match"]}).status_code == 200
    assert send(reader, "post", ADDRESS, SUMMER).status_code == 403
    assert reader.delete(f"{ADDRESS}/{rule_id}").status_code == 403
    assert api(publishable_key).get(ADDRESS).status_code == 403


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_the_rivals_rule_does_not_exist(api: Api, secret_key: str, rival_key: str, method: str) -> None:
    rule_id = send(api(secret_key), "post", ADDRESS, SUMMER).json()["rule_id"]
    body = {} if method == "get" else orjson.dumps(SUMMER)
    answer = getattr(api(rival_key), method)(f"{ADDRESS}/{rule_id}", body, content_type="application/json")
    assert answer.status_code == 404
    assert api(secret_key).get(f"{ADDRESS}/{rule_id}").json()["name"] == "Summer"
