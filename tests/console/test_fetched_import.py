"""The page that asks for a file: where it is fetched from, what is wrong with that, and how far it is."""

from __future__ import annotations

import pytest

from profiles.imports.models import Import
from tenants.workspace.models import ConnectorCredential

NEW, FETCH = "/admin/profiles/import/add/", "/admin/profiles/import/fetch/"


@pytest.fixture(autouse=True)
def strict(monkeypatch, settings):
    settings.OUTBOUND_TO_OWN_NETWORK = False
    monkeypatch.setattr("profiles.imports.tasks.hint_fetch", lambda schema: None)


def test_a_file_at_an_address_is_asked_for(desk):
    client = desk("owner")
    assert "Fetch the file" in client.get(NEW).content.decode()
    said = {"source": "web", "kind": "orders", "web-url": "https://files.example/2025/orders.csv.gz?sig=abc"}
    answer = client.post(FETCH, said)
    assert answer.status_code == 302
    made = Import.objects.get(source="web")
    assert (made.status, made.kind, made.name) == ("fetching", "orders", "orders.csv.gz")
    assert ConnectorCredential.objects.filter(vendor="import", name=str(made.uuid)).exists()
    page = client.get(answer["Location"]).content.decode()
    assert "Fetching the file" in page
    assert "sig=abc" not in page
    paused = client.post(f"/admin/profiles/import/{made.pk}/do/pause/", follow=True).content.decode()
    assert "Resume" in paused


def test_what_is_wrong_stands_beside_the_field(desk):
    client = desk("owner")
    answer = client.post(
        FETCH, {"source": "bucket", "kind": "events", "bucket-bucket": "No Such", "bucket-path": "x"}
    )
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Access key is missing" in page
    assert 'value="No Such"' in page
    plain = client.post(FETCH, {"source": "web", "kind": "events", "web-url": "http://10.0.0.1/x"})
    assert "must be an https address" in plain.content.decode()
    assert not Import.objects.exclude(source="").exists()


def test_who_may_not_import_may_not_fetch(desk):
    assert (
        desk("analyst").post(FETCH, {"source": "web", "web-url": "https://files.example/x"}).status_code
        == 403
    )
