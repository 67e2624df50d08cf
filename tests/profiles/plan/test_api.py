"""The plan as code."""

from __future__ import annotations

import orjson
import pytest

from tenants.keys import create_key
from tenants.workspace.models import AuditRecord

URL = "/api/v1/tracking-plan"
EVENT = {"type": "track", "name": "X", "schema": {"type": "object", "required": ["id"]}}


@pytest.fixture
def client(api, secret_key):
    return api(secret_key)


def put(client, document, **headers):
    return client.put(URL, orjson.dumps(document), content_type="application/json", headers=headers)


def test_without_a_plan_it_is_empty(client):
    answer = client.get(URL)
    assert answer.json() == {"violations": "flag", "unplanned": "allow", "events": []}
    assert answer["ETag"] == '"0"'


def test_what_is_put_is_read_and_holds(client, send):
    answer = put(client, {"violations": "reject", "events": [EVENT]})
    assert answer.status_code == 200
    assert client.get(URL).json()["events"][0]["schema"] == EVENT["schema"]
    assert answer["ETag"] == '"1"'
    assert send({"type": "track", "event": "X", "userId": "u1"}).json()["accepted"] == 0


def test_the_same_again_is_no_new_version(client):
    put(client, {"events": [EVENT]})
    assert put(client, {"events": [EVENT]})["ETag"] == '"1"'


def test_nobodys_change_is_overwritten(client):
    put(client, {"events": [EVENT]})
    answer = put(client, {"events": []}, **{"If-Match": '"0"'})
    assert answer.status_code == 412
    assert answer.json()["code"] == "plan_changed"
    assert put(client, {"events": []}, **{"If-Match": '"1"'}).status_code == 200


def test_everything_that_is_wrong_is_named(client):
    bad = {"events": [{**EVENT, "schema": {"$ref": "http://x"}}, {"type": "trak", "schema": {}}]}
    answer = put(client, bad)
    assert answer.status_code == 400
    assert [fault["where"] for fault in answer.json()["errors"]] == [
        "events[0].schema.$ref",
        "events[1].type",
    ]


def test_a_key_needs_the_scope(api, tenant, publishable_key):
    reader = api(create_key(tenant=tenant, kind="secret", name="r", scopes=["plan:read"])[1])
    assert reader.get(URL).status_code == 200
    assert put(reader, {"events": []}).status_code == 403
    assert api(publishable_key).get(URL).status_code == 403


def test_a_change_is_in_the_audit_trail(client, inside):
    put(client, {"events": [EVENT]})
    record = AuditRecord.objects.get(action="tracking plan changed")
    assert (record.target, record.details["events"]) == ("trackingplan:1", 1)


def test_the_rival_has_a_plan_of_its_own(client, api, rival_key):
    put(client, {"events": [EVENT]})
    assert api(rival_key).get(URL).json()["events"] == []
