"""Every address that Segment's SDKs call answers, with or without a slash at the end."""

import gzip

import orjson
import pytest

from .conftest import event, viewed

SHORT = {"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias"}


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("short", SHORT)
def test_short_names(send, rows, short, slash):
    given = {"userId": "u1", "previousId": "a1", "event": "X", "messageId": short}
    assert send(given, path=f"/v1/{short}{slash}").json()["accepted"] == 1
    assert len(rows("SELECT type FROM {s}.profiles_event")) == 1


@pytest.mark.parametrize("name", ["b", "batch", "import", "b/", "batch/", "import/"])
def test_batches(api, secret_key, name):
    body = orjson.dumps({"batch": [viewed("u1"), viewed("u2")]})
    answer = api(secret_key).post(f"/v1/{name}", body, content_type="application/json")
    assert answer.status_code == 200
    assert (answer.json()["success"], answer.json()["accepted"]) == (True, 2)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/plain;charset=UTF-8", "", "application/octet-stream"]
)
@pytest.mark.parametrize("said", [None, "gzip", "deflate"])
@pytest.mark.parametrize("compressed", [True, False])
def test_whatever_the_headers_say_of_the_body(client, publishable_key, content_type, said, compressed):
    body = orjson.dumps({"batch": [viewed("u1")], "writeKey": publishable_key})
    headers = {"content-encoding": said} if said else {}
    sent = gzip.compress(body) if compressed else body
    answer = client.post("/v1/b", sent, content_type=content_type, headers=headers)
    assert answer.json()["accepted"] == 1


def test_nulls_in_optional_fields(send):
    nulls = dict.fromkeys(
        [
            "context",
            "integrations",
            "properties",
            "traits",
            "timestamp",
            "sentAt",
            "originalTimestamp",
            "groupId",
        ]
    )
    given = [
        {
            **event(kind, userId="u1", **({"event": "X"} if kind == "track" else {})),
            **nulls,
            "anonymousId": None,
        }
        for kind in ("identify", "track", "page", "screen")
    ]
    assert send(*given).json()["accepted"] == 4


def test_a_byte_order_mark(api, secret_key):
    body = b"\xef\xbb\xbf" + orjson.dumps({"batch": [viewed("u1")]})
    assert api(secret_key).post("/v1/b", body, content_type="application/json").json()["accepted"] == 1


def test_what_analytics_js_tells_about_itself(client):
    answer = client.post("/v1/m", b'{"series":[]}', content_type="text/plain")
    assert (answer.status_code, answer.json()) == (200, {"success": True})
