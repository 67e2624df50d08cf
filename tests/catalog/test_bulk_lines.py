"""Good lines go in; bad ones are reported by number, with a code and a sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.models import ImportRun, Item
from tenants.models import Tenant
from tenants.workspace.models import AuditRecord
from tests.catalog.bulk import dress, post

Api = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("inside")

BROKEN = [
    (b'{"item_id": "X", "title": ', "invalid_json"),
    (b"nonsense", "invalid_json"),
    (b'{"item_id": "X", "title": "\xff"}', "invalid_json"),
    (b"[1, 2]", "invalid_value"),
    (b'{"title": "No id"}', "missing_field"),
    ({"item_id": " ", "title": "Blank id"}, "invalid_value"),
    ({"item_id": "X"}, "title_required"),
    ({"item_id": "X", "title": "   "}, "invalid_value"),
    ({"item_id": "X", "title": None}, "invalid_value"),
    ({"item_id": "X", "title": "a\x00b"}, "invalid_value"),
    ({"item_id": "X", "title": "t" * 301}, "invalid_value"),
    ({"item_id": "X", "title": "Typo", "pirce": 3}, "unknown_field"),
    ({"item_id": "X", "title": "P", "price": -0.01}, "invalid_price"),
    ({"item_id": "X", "title": "P", "price": "NaN"}, "invalid_price"),
    ({"item_id": "X", "title": "P", "price": "1e999999999"}, "invalid_price"),
    ({"item_id": "X", "title": "P", "price": "cheap"}, "invalid_price"),
    ({"item_id": "X", "title": "P", "price": True}, "invalid_price"),
    ({"item_id": "X", "title": "P", "currency": "XXQ"}, "invalid_currency"),
    ({"item_id": "X", "title": "P", "category": ["a > b"]}, "invalid_value"),
    ({"item_id": "X", "title": "P", "age_min": -1}, "invalid_value"),
    ({"item_id": "X", "title": "P", "available": "yes"}, "invalid_value"),
    ({"item_id": "X", "title": "P", "attributes": {"a": {"b": 1}}}, "invalid_value"),
    ({"item_id": "X", "title": "P", "starts_at": "2026-01-01"}, "invalid_value"),
    ({"item_id": "X", "title": "P", "starts_at": "9999-12-31T23:59:59-12:00"}, "invalid_value"),
    (
        {
            "item_id": "X",
            "title": "P",
            "starts_at": "2026-02-01T00:00:00Z",
            "ends_at": "2026-01-01T00:00:00Z",
        },
        "invalid_value",
    ),
    ({"item_id": "X", "title": "P", "variants": [{"variant_id": "1"}, {"variant_id": 1}]}, "invalid_value"),
    ({"item_id": "X", "title": "P", "availability": "in_stock", "available": False}, "invalid_value"),
    ({"item_id": "X", "title": "P", "description": "d" * 64_001}, "line_too_long"),
]


@pytest.mark.parametrize(("line", "code"), BROKEN)
def test_a_bad_line_between_good_ones(api: Api, secret_key: str, line: object, code: str) -> None:
    answer = post(api(secret_key), dress("A"), line, dress("B"))
    assert answer.status_code == 200
    report = answer.json()
    assert [(e["line"], e["code"]) for e in report["errors"]] == [(2, code)]
    assert report["errors"][0]["message"]
    assert (report["lines"], report["created"], report["rejected"]) == (3, 2, 1)
    assert set(Item.objects.values_list("external_id", flat=True)) == {"A", "B"}


def test_an_error_names_the_item_when_it_can(api: Api, secret_key: str) -> None:
    report = post(api(secret_key), {"item_id": 77, "title": "P", "price": -1}, b"broken").json()
    assert [e["item_id"] for e in report["errors"]] == ["77", None]


def test_blank_lines_keep_their_numbers(api: Api, secret_key: str) -> None:
    report = post(api(secret_key), dress("A"), b"", b"  \r", b"broken", dress("B")).json()
    assert [e["line"] for e in report["errors"]] == [4]
    assert report["lines"] == 3


def test_every_field_arrives(api: Api, secret_key: str) -> None:
    line = {
        "item_id": "O1",
        "kind": "offer",
        "title": " Ten off ",
        "description": "On everything",
        "brand": "Aldermere",
        "category": ["Offers", " Autumn "],
        "price": "10.005",
        "currency": "eur",
        "availability": "preorder",
        "banned": True,
        "age_min": 18,
        "url": "https://shop.example/o1",
        "image": "https://shop.example/o1.jpg",
        "attributes": {"percent": 10, "tags": ["a", 1, None], "literal": "\\u0000 is text"},
        "starts_at": "2026-01-01T00:00:00+02:00",
        "ends_at": "2026-02-01T00:00:00Z",
        "variants": [{"variant_id": 1, "title": "Small", "price": 9, "available": False}],
    }
    assert post(api(secret_key), line).json()["created"] == 1
    item = api(secret_key).get("/api/v1/catalog/items/O1").json()
    assert item["title"] == "Ten off"
    assert item["category"] == "Offers > Autumn"
    assert (item["price"], item["currency"], item["available"]) == ("10.01", "EUR", True)
    assert item["attributes"] == line["attributes"]
    assert item["starts_at"] == "2025-12-31T22:00:00+00:00"
    assert item["variants"][0]["variant_id"] == "1"
    assert (item["kind"], item["banned"], item["age_min"]) == ("offer", True, 18)


def test_the_run_is_kept_and_audited(api: Api, secret_key: str, tenant: Tenant) -> None:
    answer = post(api(secret_key), dress("A"), b"broken").json()
    run = ImportRun.objects.get(pk=answer["import_id"])
    assert (run.lines, run.created, run.rejected, run.errors[0]["line"]) == (2, 1, 1, 2)
    assert run.finished_at is not None
    record = AuditRecord.objects.get(action="catalogue imported")
    assert record.actor.startswith("key:")
    assert record.details["created"] == 1


def test_only_the_first_thousand_errors_are_listed_and_all_counted(api: Api, secret_key: str) -> None:
    report = post(api(secret_key), *[b"broken"] * 1200).json()
    assert (len(report["errors"]), report["rejected"]) == (1000, 1200)
