"""GET and POST /api/v1/identities: seen, separated and taken back by a server; nobody else."""

import pytest

from .conftest import event, viewed

PATH = "/api/v1/identities"


@pytest.fixture
def one(send, process):
    send(
        viewed("u1", "i0"),
        viewed(item="i1", anonymousId="a1"),
        event("identify", userId="u1", anonymousId="a1"),
    )
    process()


def test_seen_separated_and_taken_back(one, api, secret_key, shopper):
    client = api(secret_key)
    said = client.get(PATH, {"user_id": "u1"}).json()
    assert {name["value"] for name in said["names"]} == {"u1", "a1"}
    assert said["links"][0]["refused"] == ""
    names = [{"kind": "anonymous_id", "value": "a1"}]
    answer = client.post(PATH, {"user_id": "u1", "names": names}, content_type="application/json")
    assert answer.status_code == 200
    assert shopper("a1", "anonymous_id") != shopper("u1")
    back = client.post(PATH, {"undo": answer.json()["id"]}, content_type="application/json")
    assert back.status_code == 200
    assert shopper("a1", "anonymous_id") == shopper("u1")


def test_what_is_impossible_is_said(one, api, secret_key):
    names = [{"kind": "user_id", "value": "stranger"}]
    answer = api(secret_key).post(PATH, {"user_id": "u1", "names": names}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_possible")
    assert api(secret_key).get(PATH).status_code == 400
    assert api(secret_key).get(PATH, {"user_id": "nobody"}).status_code == 404


def test_others_are_refused(one, api, publishable_key, rival_key):
    assert api(publishable_key).get(PATH, {"anonymous_id": "a1"}).status_code == 403
    assert api(publishable_key).post(PATH, {"undo": 1}, content_type="application/json").status_code == 403
    assert api(rival_key).get(PATH, {"user_id": "u1"}).status_code == 404


@pytest.mark.parametrize("undo", [10**20, -1, 0, "x", None, [1], 2**63 - 1])
def test_a_change_that_is_none_is_said(one, api, secret_key, undo):
    answer = api(secret_key).post(PATH, {"undo": undo}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) in [(400, "invalid_request"), (409, "not_possible")]


@pytest.mark.parametrize(
    "body", [[], {"user_id": "u1", "names": "x"}, {"user_id": "u1", "names": [{"kind": 1}]}]
)
def test_a_body_that_says_nothing_is_said(one, api, secret_key, body):
    answer = api(secret_key).post(PATH, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
