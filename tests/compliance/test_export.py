"""Access and portability: a ZIP that a person and a machine can read, encrypted, gone when it expires."""

import datetime as dt
import io
import json
import zipfile

import pytest
from django.utils import timezone

from compliance.models import Bundle
from compliance.requests import export
from compliance.requests.problems import Refused

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
