"""GET /api/v1/profiles/{user_id}."""

from urllib.parse import quote

import pytest

from .conftest import event, viewed


@pytest.fixture
def get(api, secret_key):
    return lambda user: api(secret_key).get(f"/api/v1/profiles/{quote(user, safe='')}")


def test_what_is_known(send, process, get):
    send(
        event("identify", userId="u1", anonymousId="a1", traits={"email": "x@example.com", "age": 40}),
        event("page", userId="u1", context={"userAgent": "Mozilla/5.0 (iPhone)"}),
        viewed("u1"),
    )
    process()
    answer = get("u1").json()
    assert answer["identifiers"] == [
        {"kind": "anonymous_id", "value": "a1"},
        {"kind": "user_id", "value": "u1"},
    ] or answer["identifiers"] == [
        {"kind": "user_id", "value": "u1"},
        {"kind": "anonymous_id", "value": "a1"},
    ]
    assert answer["traits"] == {"email": "x@example.com", "age": 40}
    assert answer["features"]["demographics"]["age"] == 40
    assert answer["features"]["behaviour"]["page_views_7d"] == 1
    assert answer["features"]["context"]["device_type"] == "mobile"
    assert answer["counts"] == {"events": 3, "interactions": {"view": 1}}
    assert answer["version"] > 0


@pytest.mark.parametrize("user", ["a/b", "ü ö", "50%", "..", "x?y#z", "a//b/"])
def test_any_string_is_a_user_id(send, process, get, user):
    send(viewed(user))
    process()
    response = get(user)
    assert response.status_code == 200
    assert response.json()["user_id"] == user


def test_an_unknown_shopper(get):
    response = get("nobody")
    assert (response.status_code, response.json()["code"]) == (404, "unknown_shopper")


def test_a_publishable_key_may_not_read(api, publishable_key):
    assert api(publishable_key).get("/api/v1/profiles/u1").status_code == 403


def test_nothing_personal_is_stored_in_clear(send, process, rows):
    send(event("identify", userId="user-canary", traits={"email": "canary@example.com"}))
    process()
    for table in ("event", "profile", "identifier", "eventqueue", "messagekey"):
        text = str(rows(f"SELECT to_jsonb(t)::text FROM {{s}}.profiles_{table} t"))
        plain = text + "".join(bytes.fromhex(h).decode("latin-1") for h in _hex(text))
        assert "canary" not in plain


def _hex(text: str) -> list[str]:
    import re

    return [h for h in re.findall(r"\\\\x([0-9a-f]+)", text) if len(h) % 2 == 0]


@pytest.mark.parametrize("sent", ["1410", " 1410 ", "1410\n", 1410])
def test_white_space_is_no_part_of_an_id(api, secret_key, send, process, get, rows, sent):
    send(
        event("identify", userId=sent, anonymousId=f" {sent}-v "),
        event("alias", userId="1410", previousId=f" {sent}"),
    )
    process()
    assert rows("SELECT count(*) FROM {s}.profiles_profile") == [(1,)]
    answer = get(" 1410 ").json()
    assert answer["user_id"] == "1410"
    assert {"kind": "user_id", "value": "1410"} in answer["identifiers"]
    assert all(i["value"] == i["value"].strip() for i in answer["identifiers"])
    word = {"user_id": " 1410", "consents": [{"purpose": "personalisation", "granted": False}]}
    assert (
        api(secret_key).post("/api/v1/consents", word, content_type="application/json").json()["changed"] == 1
    )
    assert rows("SELECT count(*) FROM {s}.profiles_profile WHERE NOT consent_personalisation") == [(1,)]


def test_white_space_alone_is_no_id(send):
    (bad,) = send(event("track", userId="  ", event="x")).json()["rejected"]
    assert bad["reason"] == "missing_identity"
