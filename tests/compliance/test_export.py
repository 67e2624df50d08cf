"""Access and portability: a ZIP that a person and a machine can read, encrypted, gone when it expires."""

import datetime as dt
import io
import json
import zipfile

import pytest
from django.utils import timezone

from catalog.models import Item
from compliance.models import Bundle
from compliance.requests import export
from compliance.requests.problems import Refused
from journeys.privacy import without_tokens
from tenants.db import tenant_connection
from tenants.keyring import scope_of_tenant

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")


@pytest.fixture
def bundle(send, performed):
    send(
        {"type": "identify", "userId": "u1", "traits": {"email": "one@shop.example", "name": "<b>One</b>"}},
        track("u1", properties={"product_id": "p1"}),
        {"type": "identify", "userId": "u2", "traits": {"email": "two@shop.example"}},
    )
    request = performed("u1", kind="access")
    assert request.outcome == "delivered"
    return request.bundle


def test_the_zip_holds_what_is_held_and_nothing_of_others(bundle, scope):
    archive = zipfile.ZipFile(io.BytesIO(export.download(scope, bundle, actor="user:1")))
    profile = json.loads(archive.read("data/profile-traits-and-features.json"))
    assert profile[0]["traits"]["email"] == "one@shop.example"
    events = json.loads(archive.read("data/events.json"))
    assert [event["event"].get("event") for event in events] == [None, "Product Viewed"]
    page = archive.read("index.html").decode()
    assert "one@shop.example" in page
    assert "<b>One</b>" not in page
    assert not any(b"two@shop.example" in archive.read(name) for name in archive.namelist())


@pytest.fixture
def bought(send, performed, tenant):
    with tenant_connection(tenant.schema_name):
        Item.objects.create(external_id="31011", title="Oat drink & more", price="1.43")
    line = {"product_id": "31011", "price": 1.4299999475479126, "quantity": 1}
    when = {"timestamp": "2026-01-02T03:04:05Z"}
    send(
        track("u1", "Product Viewed", properties={"product_id": "31011"}, **when),
        track("u1", "Order Completed", properties={"order_id": "o1", "products": [line]}, **when),
    )
    request = performed("u1", kind="access")
    content = export.download(scope_of_tenant(tenant), request.bundle, actor="user:1")
    return zipfile.ZipFile(io.BytesIO(content))


def test_what_was_bought_is_said_in_words(bought):
    rows = json.loads(bought.read("data/what-was-viewed-and-bought.json"))
    assert [(r["what"], r["product"], r["item_id"], r["value"], r["currency"]) for r in rows] == [
        ("viewed", "Oat drink & more", "31011", None, None),
        ("bought", "Oat drink & more", "31011", 1.43, "USD"),
    ]
    page = bought.read("index.html").decode()
    part = page.partition(">What was viewed and bought</h2>")[2].partition("</table>")[0]
    assert "<td>2 January 2026, 03:04 UTC</td><td>bought</td><td>Oat drink &amp; more</td>" in part
    assert "1.43" in part
    assert "1.42999" not in part
    assert "Kind" not in part


@pytest.mark.parametrize(
    "address", ["https://a.example/privacy/verify/", "http://a.example/m/u/", "https://x.example/m/c/"]
)
def test_no_link_in_a_message_can_be_used_again(address):
    said = without_tokens(
        f"Yes, it was me: {address}eyJ0b2tlbiI6MX0:1abc:Sig_-x (it works once) https://a.example/m/"
    )
    assert said == f"Yes, it was me: {address}… (it works once) https://a.example/m/"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.4299999475479126, "1.43"), (3.0, "3"), (True, "yes"), ("2026-01-02T03:04:05+01:00", "2 January 2026, 02:04 UTC"),
     ("2026-13-45T99:00:00", "2026-13-45T99:00:00"), ("<b>", "&lt;b&gt;")],
)  # fmt: skip
def test_a_cell_is_for_people(value, shown):
    assert export._cell(value) == shown


def test_the_file_is_sealed_and_downloads_are_counted(bundle, scope):
    raw = export.file_of(scope.schema, bundle.pk).read_bytes()
    assert raw[:2] != b"PK"
    assert b"shop.example" not in raw
    export.download(scope, bundle, actor="user:1")
    bundle.refresh_from_db()
    assert bundle.downloads == 1


def test_it_expires(bundle, scope):
    path = export.file_of(scope.schema, bundle.pk)
    Bundle.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    bundle.refresh_from_db()
    with pytest.raises(Refused, match="expired"):
        export.download(scope, bundle, actor="user:1")
    assert export.expire_bundles(scope) == 1
    assert not path.exists()


def test_an_erasure_takes_earlier_exports_along(bundle, scope, performed):
    path = export.file_of(scope.schema, bundle.pk)
    assert path.exists()
    performed("u1")
    assert not path.exists()
    assert not Bundle.objects.exists()


def test_nobody_known_gets_no_file(performed):
    request = performed("nobody-here", kind="portability")
    assert request.outcome == "nothing_held"
    assert not Bundle.objects.exists()
