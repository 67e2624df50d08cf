"""The results of a request by API: an address of the tenant as it is reached, good for the sender's key, until it expires."""

from __future__ import annotations

import io
import uuid
import zipfile

import pytest
from django.utils import timezone

from compliance.models import Bundle
from compliance.requests import export
from tenants.keys import create_key
from tenants.workspace.models import AuditRecord

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")
PATH = "/v1/opendsr/requests"


@pytest.fixture(autouse=True)
def public_address(settings):
    settings.PUBLIC_URL = "http://{host}:8123"


@pytest.fixture
def platform(api, tenant):
    """A client with a key of its own that has these scopes."""
    return lambda *scopes: api(
        create_key(tenant=tenant, kind="secret", name="platform", scopes=list(scopes))[1]
    )


@pytest.fixture
def delivered(send, performed):
    send(track("u1"))
    return performed("u1", kind="access")


@pytest.mark.parametrize("scope_name", ["privacy:read", "privacy:write"])
def test_the_export_is_fetched_from_where_the_status_says(delivered, platform, scope_name):
    status = platform("privacy:read").get(f"{PATH}/{delivered.pk}").json()
    base = "http://alpha.localhost:8123"
    assert status["results_url"] == f"{base}{PATH}/{delivered.pk}/results"
    assert status["results_expire_at"] > timezone.now().isoformat()
    answer = platform(scope_name).get(status["results_url"].removeprefix(base))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert "index.html" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert AuditRecord.objects.get(action="export downloaded").actor.startswith("key:")


def test_a_receipt_is_fetched_by_anybody(send, performed, platform, client):
    send(track("u1"))
    number = performed("u1").pk
    address = platform("privacy:read").get(f"{PATH}/{number}").json()["results_url"]
    answer = client.get(
        address.removeprefix("http://alpha.localhost:8123"), headers={"host": "alpha.localhost"}
    )
    assert "Genuine" in answer.content.decode()


def test_expired_it_is_gone(delivered, platform, scope):
    reader = platform("privacy:read")
    Bundle.objects.update(expires_at=timezone.now())
    assert "results_url" not in reader.get(f"{PATH}/{delivered.pk}").json()
    answer = reader.get(f"{PATH}/{delivered.pk}/results")
    assert (answer.status_code, answer.json()["code"]) == (410, "expired")
    assert export.expire_bundles(scope) == 1
    assert reader.get(f"{PATH}/{delivered.pk}/results").status_code == 410


def test_nobody_else_gets_it(delivered, platform, api, rival, asked):
    assert platform("ingest").get(f"{PATH}/{delivered.pk}/results").status_code == 403
    theirs = api(create_key(tenant=rival, kind="secret", name="theirs", scopes=["privacy:read"])[1])
    assert theirs.get(f"{PATH}/{delivered.pk}/results").status_code == 404
    reader = platform("privacy:read")
    for number in (asked("u2").pk, uuid.uuid4(), "42"):
        assert reader.get(f"{PATH}/{number}/results").status_code == 404
