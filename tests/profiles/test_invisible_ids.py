"""Ids with characters that nobody sees are refused: at every door, under one code."""

import json
import uuid

import pytest

from .conftest import event

pytestmark = pytest.mark.usefixtures("db")


@pytest.mark.parametrize("bad", ["st-\x00o", "\u200bu1", "u1\ufeff", "u1\u200d "])
@pytest.mark.parametrize("name", ["userId", "anonymousId", "previousId"])
def test_events_refuse_them(send, name, bad):
    more = {"userId": "u1"} if name == "previousId" else {}
    answer = send(event("page", **{**more, name: bad})).json()
    assert [r["reason"] for r in answer["rejected"]] == ["invalid_id"]


def test_one_inside_is_how_some_languages_write(send):
    assert send(event("page", userId="می\u200cخواهم")).json()["accepted"] == 1


@pytest.mark.parametrize("path", ["recommendations", "consents"])
@pytest.mark.parametrize("name", ["user_id", "anonymous_id"])
def test_questions_about_a_nul_are_refused(api, secret_key, path, name):
    answer = api(secret_key).get(f"/api/v1/{path}?{name}=a%00b")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_id")


def test_so_are_profiles_and_subject_requests(api, secret_key):
    client = api(secret_key)
    answer = client.get("/api/v1/profiles/a%00b")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_id")
    asked = {
        "regulation": "gdpr",
        "subject_request_id": str(uuid.uuid4()),
        "subject_request_type": "erasure",
        "subject_identities": [{"identity_type": "anonymous_id", "identity_value": "a\0b"}],
        "submitted_time": "2026-01-01T00:00:00Z",
    }
    answer = client.post("/v1/opendsr/requests", json.dumps(asked), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_id")


def test_an_id_is_as_long_at_every_door(api, secret_key, send):
    assert send(event("page", userId="u" * 500)).json()["accepted"] == 1
    client = api(secret_key)
    assert client.get(f"/api/v1/consents?user_id={'u' * 500}").status_code == 200
    assert client.get(f"/api/v1/consents?user_id={'u' * 501}").status_code == 400
