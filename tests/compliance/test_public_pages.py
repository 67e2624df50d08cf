"""What anybody may open on the merchant's host: a receipt, a form to check one, the link of a request."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from compliance.models import Receipt
from compliance.requests import verify
from tenants.db import tenant_connection

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")
HOST = {"host": "alpha.localhost"}


@pytest.fixture
def receipt(send, performed):
    send(track("u1"))
    return Receipt.objects.get(request=performed("u1"))


def test_the_receipts_page_says_genuine(client, receipt):
    page = client.get(f"/receipts/{receipt.pk}", headers=HOST).content.decode()
    assert "Genuine" in page
    assert "Not genuine" not in page
    assert "Events" in page


def test_a_downloaded_receipt_is_checked_with_the_public_key_alone(client, receipt):
    file = json.loads(client.get(f"/receipts/{receipt.pk}.json", headers=HOST).content)
    told = json.loads(client.get("/.well-known/attune-receipts.json", headers=HOST).content)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(told["public_key"]))
    # As an outsider would, by the standard library: nothing of ours.
    text = json.dumps(file["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    key.verify(base64.b64decode(file["signature"]), text)


def test_a_pasted_receipt_is_checked(client, receipt):
    file = client.get(f"/receipts/{receipt.pk}.json", headers=HOST).content.decode()
    assert "Not genuine" not in client.post("/receipts/", {"text": file}, headers=HOST).content.decode()
    changed = file.replace('"remaining": 0', '"remaining": 1', 1)
    assert changed != file
    assert "Not genuine" in client.post("/receipts/", {"text": changed}, headers=HOST).content.decode()


@pytest.mark.parametrize("change", ['"type":"other"', '"type": "attune-consent-receipt"'])
def test_a_broken_signature_is_never_called_signed(client, receipt, change):
    file = json.loads(client.get(f"/receipts/{receipt.pk}.json", headers=HOST).content)
    file["receipt"] |= json.loads("{" + change + "}")
    page = client.post("/receipts/", {"text": json.dumps(file)}, headers=HOST).content.decode()
    assert "The signature does not belong to this text" in page
    assert "the merchant signed" not in page


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{"receipt":{', '{"receipt":{"merchant":"Evil",'),
        ('{"receipt":{', '{"receipt":{"merchant":"Evil"},"receipt":{'),
        ('{"receipt":{', '{"note":"it was us","receipt":{'),
        ('"algorithm":"Ed25519', '"algorithm":"None'),
        ('"audit_seal":null', '"audit_seal":1e999'),
    ],
)
def test_what_is_added_to_a_receipt_is_seen(client, receipt, old, new):
    content = client.get(f"/receipts/{receipt.pk}.json", headers=HOST).content
    file = json.dumps(json.loads(content), separators=(",", ":"))
    assert old in file
    page = client.post("/receipts/", {"text": file.replace(old, new)}, headers=HOST).content.decode()
    assert "Not genuine" in page
    assert "Evil" not in page.partition("<textarea")[0]


def test_a_database_edit_is_seen(client, receipt):
    Receipt.objects.update(document=receipt.document.replace('"hits":0', '"hits":9'))
    assert "Not genuine" in client.get(f"/receipts/{receipt.pk}", headers=HOST).content.decode()


def test_another_merchants_host_does_not_know_it(client, receipt):
    assert client.get(f"/receipts/{receipt.pk}", headers={"host": "beta.localhost"}).status_code == 404
    file = client.get(f"/receipts/{receipt.pk}.json", headers=HOST).content.decode()
    page = client.post("/receipts/", {"text": file}, headers={"host": "beta.localhost"}).content.decode()
    assert "Not genuine" in page


def test_the_link_is_confirmed_by_a_button_only(client, scope, tenant, asked):
    request = asked()
    address = f"/privacy/verify/{verify.make_link(scope, request, actor='user:1')}"

    def now():
        with tenant_connection(tenant.schema_name):
            request.refresh_from_db()
        return request.status, request.verification

    assert "Was it you" in client.get(address, headers=HOST).content.decode()
    assert now() == ("verifying", "")
    assert client.post(address, headers=HOST).status_code == 200
    assert now() == ("verified", "link")
    for again in (client.get, client.post):
        answer = again(address, headers=HOST)
        assert (answer.status_code, "Already confirmed" in answer.content.decode()) == (200, True)
    assert now() == ("verified", "link")


def test_a_replaced_link_is_not_called_confirmed(client, scope, asked):
    request = asked()
    old = verify.make_link(scope, request, actor="user:1")
    verify.confirm_link(scope, verify.make_link(scope, request, actor="user:1"))
    assert client.get(f"/privacy/verify/{old}", headers=HOST).status_code == 410


def test_what_is_nested_too_deeply_is_no_receipt(client, tenant):
    text = '{"receipt": {"a": ' + "[" * 600 + "]" * 600 + '}, "signature": ""}'
    answer = client.post("/receipts/", {"text": text}, headers=HOST)
    assert answer.status_code == 200
    assert "not a receipt" in answer.content.decode()
