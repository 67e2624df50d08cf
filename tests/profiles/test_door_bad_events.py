"""A bad event in a good batch: the others are taken, the bad one is reported and kept."""

import orjson
import pytest

from profiles.dead_letters import read_letter
from profiles.models import DeadLetter
from tenants.db import tenant_connection

from .conftest import event, viewed

BAD = {
    "missing_identity": {"type": "track", "event": "X", "messageId": "bad"},
    "unknown_type": {"type": "dance", "userId": "u1", "messageId": "bad"},
    "missing_event_name": {"type": "track", "userId": "u1", "messageId": "bad"},
    "invalid_event": {
        "type": "track",
        "userId": "u1",
        "event": "X",
        "messageId": "bad",
        "properties": "text",
    },
    "event_too_large": {
        "type": "page",
        "userId": "u1",
        "messageId": "bad",
        "properties": {"x": "y" * 33_000},
    },
    "invalid_id": {"type": "page", "anonymousId": "st-\x00o", "messageId": "bad"},
    "id_too_long": {"type": "page", "userId": "u" * 501, "messageId": "bad"},
}


@pytest.mark.parametrize("reason", BAD)
def test_the_rest_is_accepted(send, scope, reason):
    response = send(viewed("u1"), BAD[reason], viewed("u2"))
    assert response.status_code == 200
    answer = response.json()
    assert answer["accepted"] == 2
    [rejected] = answer["rejected"]
    assert (rejected["index"], rejected["messageId"], rejected["reason"]) == (1, "bad", reason)
    with tenant_connection(scope.schema):
        letter = DeadLetter.objects.get()
        assert letter.reason == reason
        assert b"messageId" not in bytes(letter.payload)
        assert orjson.loads(read_letter(scope, letter)) == BAD[reason]


def test_something_else_than_an_object(send):
    answer = send(viewed("u1"), "text", None, 5).json()
    assert answer["accepted"] == 1
    assert [r["index"] for r in answer["rejected"]] == [1, 2, 3]


@pytest.mark.parametrize(
    "field", ["context", "traits", "properties", "timestamp", "anonymousId", "messageId", "name"]
)
def test_null_is_as_good_as_absent(send, field):
    assert send({**event("page", userId="u1"), field: None}).json()["accepted"] == 1


def test_alias_needs_both_ids(send):
    assert send(event("alias", userId="u1")).json()["rejected"][0]["reason"] == "missing_identity"
    assert send(event("alias", userId="u1", previousId="a1")).json()["accepted"] == 1


def test_half_an_emoji_is_mended(api, secret_key):
    body = b'{"batch": [{"type": "page", "userId": "u1", "name": "cut \\ud83d"}, {"type": "page", "userId": "u2"}]}'
    response = api(secret_key).post("/v1/batch", body, content_type="application/json")
    assert response.json()["accepted"] == 2


def test_a_bad_single_event_is_refused_and_kept(send, scope):
    response = send({"event": "X"}, path="/v1/track")
    assert (response.status_code, response.json()["code"]) == (400, "missing_identity")
    with tenant_connection(scope.schema):
        assert DeadLetter.objects.get().type == "track"


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"batch": [1,]}', b"\xff\xfe", b"nonsense", b'{"batch": [{"a": 01}]}']
)
def test_not_json(api, secret_key, body):
    response = api(secret_key).post("/v1/batch", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_json"
    assert "position" in response.json()


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"batch": 5}', b"7", b"null"])
def test_json_that_is_no_batch(api, secret_key, body):
    response = api(secret_key).post("/v1/batch", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")


def test_deep_nesting(api, secret_key):
    body = b'{"batch": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert api(secret_key).post("/v1/batch", body, content_type="application/json").status_code == 400


def test_the_reason_quotes_no_personal_data(send, scope):
    send({"type": "mail ada@example.com", "userId": "u1", "messageId": "bad"})
    with tenant_connection(scope.schema):
        letter = DeadLetter.objects.get()
    assert "ada@" not in letter.detail
    assert "<EMAIL_ADDRESS>" in letter.detail
