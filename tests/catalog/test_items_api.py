"""One item, and lists of items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from catalog.models import Item
from tenants.workspace.models import AuditRecord
from tests.catalog.bulk import ADDRESS, dress, post

Api = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("inside")


def send(client: Client, method: str, item_id: str, document: Any) -> Any:
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    return getattr(client, method)(f"{ADDRESS}/{item_id}", body, content_type="application/json")


def test_put_creates_then_replaces(api: Api, secret_key: str) -> None:
    client = api(secret_key)
    first = send(
        client, "put", "A", {"title": "Dress", "brand": "Dovelane", "variants": [{"variant_id": "S"}]}
    )
    assert (first.status_code, first.json()["brand"]) == (201, "Dovelane")
    second = send(client, "put", "A", {"title": "Dress", "price": 5})
    assert second.status_code == 200
    assert (second.json()["brand"], second.json()["price"], second.json()["variants"]) == ("", "5.00", [])
    assert [r.action for r in AuditRecord.objects.filter(target="item:A").order_by("pk")] == [
        "item created",
        "item changed",
    ]


def test_patch_changes_what_it_names(api: Api, secret_key: str) -> None:
    client = api(secret_key)
    post(client, dress("A", brand="Dovelane"))
    changed = send(client, "patch", "A", {"price": "12.5"}).json()
    assert (changed["price"], changed["brand"]) == ("12.50", "Dovelane")


def test_an_unchanged_item_leaves_no_audit_record(api: Api, secret_key: str) -> None:
    client = api(secret_key)
    send(client, "put", "A", {"title": "Dress"})
    assert send(client, "put", "A", {"title": "Dress"}).status_code == 200
    assert AuditRecord.objects.filter(target="item:A").count() == 1


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({}, "title_required"),
        ({"title": "D", "price": -1}, "invalid_price"),
        ({"title": "D", "item_id": "other"}, "invalid_item"),
        ([], "invalid_item"),
        ({"title": "D", "colour": "red"}, "unknown_field"),
        (b"{", "invalid_json"),
    ],
)
def test_what_put_refuses(api: Api, secret_key: str, document: Any, code: str) -> None:
    answer = send(api(secret_key), "put", "A", document)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not Item.objects.exists()


def test_a_body_beyond_the_limit(api: Api, secret_key: str) -> None:
    assert send(api(secret_key), "put", "A", {"title": "D", "description": "d" * 65_000}).status_code == 413


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("item_id", ["nobody", "a%00b"])
def test_an_unknown_item(api: Api, secret_key: str, method: str, item_id: str) -> None:
    answer = getattr(api(secret_key), method)(f"{ADDRESS}/{item_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_item")


def test_an_item_id_may_hold_a_slash(api: Api, secret_key: str) -> None:
    post(api(secret_key), dress("sku/1 a"))
    assert api(secret_key).get(f"{ADDRESS}/sku/1%20a").json()["item_id"] == "sku/1 a"


def test_a_disabled_item_is_not_listed_but_kept(api: Api, secret_key: str) -> None:
    client = api(secret_key)
    post(client, dress("A"), dress("B"))
    assert client.delete(f"{ADDRESS}/A").status_code == 204
    assert client.delete(f"{ADDRESS}/A").status_code == 204
    assert [i["item_id"] for i in client.get(ADDRESS).json()["items"]] == ["B"]
    assert [i["item_id"] for i in client.get(ADDRESS, {"status": "disabled"}).json()["items"]] == ["A"]
    assert client.get(f"{ADDRESS}/A").json()["status"] == "disabled"
    assert AuditRecord.objects.filter(action="item disabled").count() == 1


def test_pages_cover_the_list_once(api: Api, secret_key: str) -> None:
    client = api(secret_key)
    post(client, *[dress(f"D{n}") for n in range(25)])
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(ADDRESS, {"limit": "10", "cursor": cursor}).json()
        seen += [item["item_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == sorted({f"D{n}" for n in range(25)})


def test_search_and_category(api: Api, secret_key: str) -> None:
    client = api(secret_key)
    post(
        client,
        dress("A"),
        dress("B", title="Wool coat", category="Women > Coats"),
        dress("C", title="Dressing gown", category="Women's Night"),
    )

    def found(**asked: str) -> list[str]:
        return [item["item_id"] for item in client.get(ADDRESS, asked).json()["items"]]

    assert found(search="linen dresses") == ["A"]
    assert found(search="B") == ["B"]
    assert found(category="women") == ["A", "B"]
    assert found(category="Women > Coats", search="coat") == ["B"]
    assert found(search="x\x00'\"& | !(") == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"limit": "0"}, "limit_out_of_range"),
        ({"limit": "501"}, "limit_out_of_range"),
        ({"limit": "ten"}, "limit_out_of_range"),
        ({"cursor": "???"}, "invalid_cursor"),
        ({"status": "unlisted"}, "invalid_status"),
    ],
)
def test_lists_refuse_nonsense(api: Api, secret_key: str, asked: dict[str, str], code: str) -> None:
    answer = api(secret_key).get(ADDRESS, asked)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
