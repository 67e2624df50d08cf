"""Who may send events, and the ways to say so."""

import base64

import orjson
import pytest

from tenants import keyring
from tenants.keys import create_key

from .conftest import event, viewed


@pytest.mark.parametrize("prefix", ["/v1/", "/api/v1/"])
@pytest.mark.parametrize("name", ["identify", "track", "page", "screen", "group", "alias"])
def test_every_call_has_its_address(send, prefix, name):
    given = {"userId": "u1", "previousId": "a1", "event": "X", "groupId": "g", "messageId": prefix + name}
    response = send(given, path=prefix + name)
    assert response.status_code == 200
    assert response.json() == {
        "success": True,
        "accepted": 1,
        "duplicates": 0,
        "suppressed": 0,
        "rejected": [],
    }


def test_the_key_as_user_of_basic_auth(client, publishable_key):
    token = base64.b64encode(f"{publishable_key}:".encode()).decode()
    response = client.post(
        "/v1/track",
        orjson.dumps(viewed("u1")),
        content_type="application/json",
        headers={"authorization": f"Basic {token}"},
    )
    assert response.status_code == 200


def test_the_key_in_the_body_and_any_content_type(client, publishable_key):
    body = orjson.dumps({**viewed("u1"), "writeKey": publishable_key})
    assert client.post("/v1/track", body, content_type="text/plain").status_code == 200


def test_no_key(client):
    response = client.post("/v1/track", orjson.dumps(viewed("u1")), content_type="application/json")
    assert response.status_code == 401
    assert response.json()["code"] == "missing_key"


def test_a_key_without_the_scope(send, tenant):
    key = create_key(tenant=tenant, kind="secret", name="reader", scopes=["recommend"])[1]
    assert send(viewed("u1"), key=key).status_code == 403


def test_get_is_refused(api, secret_key):
    response = api(secret_key).get("/v1/track")
    assert response.status_code == 405
    assert response["Allow"] == "POST, OPTIONS"


def test_events_over_the_days_quota_are_refused_and_not_counted(send, tenant, rows):
    plan = tenant.plan
    plan.events_per_day = 3
    plan.save()
    keyring.forget()
    assert send(*(event("page", userId="u") for _ in range(2))).status_code == 200
    refused = send(*(event("page", userId="u") for _ in range(5)))
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert send(event("page", userId="u")).status_code == 200
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(3,)]
