"""Who may read and change the catalogue, and what is refused at the door."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tenants.keys import create_key
from tenants.models import Tenant
from tests.catalog.bulk import ADDRESS, NDJSON, dress, ndjson, post

Api = Callable[..., Client]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_browser_key_has_no_business_here(api: Api, publishable_key: str, method: str) -> None:
    answer = getattr(api(publishable_key), method)(f"{ADDRESS}/A")
    assert answer.status_code == 403
    assert answer.json()["code"] == "missing_scope"


def test_reading_does_not_allow_writing(api: Api, tenant: Tenant) -> None:
    reader = api(create_key(tenant=tenant, kind="secret", name="reader", scopes=["catalog:read"])[1])
    assert reader.get(ADDRESS).status_code == 200
    assert post(reader, dress()).status_code == 403
    assert reader.delete(f"{ADDRESS}/A").status_code == 403


def test_nobody_knows_an_unknown_key(api: Api) -> None:
    assert post(api("sk_nobody"), dress()).status_code == 401


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("suffix", ["", "/similar"])
def test_the_rivals_item_does_not_exist(
    api: Api, secret_key: str, rival_key: str, method: str, suffix: str
) -> None:
    assert post(api(secret_key), dress("A")).json()["created"] == 1
    if suffix and method != "get":
        return
    answer = getattr(api(rival_key), method)(
        f"{ADDRESS}/A{suffix}", data={} if method == "get" else b"{}", content_type="application/json"
    )
    assert answer.status_code == 404
    assert api(secret_key).get(f"{ADDRESS}/A").json()["status"] == "active"


@pytest.mark.parametrize("kind", ["application/json", "", "multipart/form-data; boundary=x"])
def test_another_content_type(api: Api, secret_key: str, kind: str) -> None:
    answer = api(secret_key).post(ADDRESS, ndjson(dress()), content_type=kind)
    assert answer.status_code == 415
    assert "application/x-ndjson" in answer.json()["detail"]


def test_another_content_encoding(api: Api, secret_key: str) -> None:
    answer = api(secret_key).post(ADDRESS, b"x", content_type=NDJSON, headers={"content-encoding": "br"})
    assert answer.status_code == 415


def test_an_empty_body(api: Api, secret_key: str) -> None:
    assert api(secret_key).post(ADDRESS, b"\n\n", content_type=NDJSON).json()["code"] == "empty_body"
