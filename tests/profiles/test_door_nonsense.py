"""Whatever is sent through a door gets a clear answer, and what came beside it is taken."""

import base64
import io

import orjson
import pytest
from django.test import RequestFactory

from profiles.ingest.body import MAX_BATCH_EVENTS, read_body
from tenants.problems import Problem

GOOD = b'{"type":"track","userId":"good","event":"Product Viewed","properties":{"product_id":"1"}}'


def track(fields):
    return b'{"type":"track","userId":"u","event":"X",' + fields + b"}"


TAKEN = {
    "a timestamp below zero": track(b'"timestamp":-5'),
    "before our era": track(b'"timestamp":"-0044-03-15T00:00:00Z"'),
    "the last year": track(b'"timestamp":"9999-12-31T23:59:59-14:00","sentAt":"0001-01-01T00:00:00+14:00"'),
    "an endless timestamp": track(b'"timestamp":1e300'),
    "a whole number for an id": b'{"type":"track","userId":99999999999999999999999999,"event":"X"}',
    "a very long number": track(b'"properties":{"a":' + b"9" * 400 + b"}"),
    "300 levels": track(b'"properties":' + b'{"a":' * 300 + b"1" + b"}" * 300),
    "half an emoji": track(b'"properties":{"a":"\\udc00"}'),
    "a long name": b'{"type":"track","userId":"u","event":"' + b"N" * 20_000 + b'"}',
    "NUL in texts": track(b'"properties":{"product_id":"p\\u0000q","k\\u0000":"v\\u0000"}'),
    "a context of oddities": track(
        b'"context":{"userAgent":5,"traits":"x","device":[],"page":7,"library":[]}'
    ),
    "traits of oddities": b'{"type":"identify","userId":"u","traits":{"email":["a"],"age":{"x":1},"":1,"phone":5}}',
    "an order of oddities": b'{"type":"track","userId":"u","event":"Order Completed","properties":'
    b'{"order_id":["x"],"products":["a",1,null,[[]],{"product_id":true}]}}',
    "a refund of oddities": b'{"type":"track","userId":"u","event":"Order Refunded","properties":'
    b'{"order_id":7,"total":-1e308,"products":[]}}',
    "an update of oddities": b'{"type":"track","userId":"u","event":"Order Updated","properties":'
    b'{"order_id":7,"products":[{"product_id":"' + b"x" * 500 + b'"}]}}',
}
REFUSED = {
    "too large a number": track(b'"properties":{"a":1e400}'),
    "no UTF-8": b'{"type":"track","userId":"u","event":"\xff\xfe"}',
    "40 kB": track(b'"properties":{"a":"' + b"x" * 40_000 + b'"}'),
    "a list of traits": b'{"type":"identify","userId":"u","traits":[1,2]}',
    "a list for a context": track(b'"context":[1]'),
    "an id that is a fraction": b'{"type":"track","userId":1.5,"event":"X"}',
    "an id that is an object": b'{"type":"track","userId":{"id":1},"event":"X"}',
    "a timestamp that is true": track(b'"timestamp":true'),
    "NUL in an id": b'{"type":"track","userId":"a\\u0000b","event":"X"}',
    "a blank name": b'{"type":"track","userId":"u","event":"  "}',
    "a type that is a number": b'{"type":3,"userId":"u","event":"X"}',
    "no object": b'"x"',
    "null": b"null",
}
# What makes the whole body unreadable.
UNREADABLE = {
    "4000 levels": track(b'"properties":' + b'{"a":' * 4000 + b"1" + b"}" * 4000),
    "NaN": track(b'"properties":{"a":NaN}'),
    "Infinity": track(b'"properties":{"a":-Infinity}'),
    "something behind": GOOD + b" xx",
}


@pytest.fixture
def through(api, secret_key, publishable_key):
    """`through(raw)`: statuses of the single door, its short path with a browser's key, and the pixel."""

    def send(raw):
        name = "identify" if b'"identify"' in raw else "track"
        single = api(secret_key).post(f"/v1/{name}", raw, content_type="application/json")
        short = api().post(f"/v1/{name[0]}", raw, content_type="text/plain", headers=_basic(publishable_key))
        text = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        picture = api().get(f"/v1/pixel/{name}?data={text}")
        return single, short, picture

    return send


def _basic(key):
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def batch(*raws):
    return b'{"batch":[' + b",".join(raws) + b"]}"


@pytest.mark.parametrize("what", TAKEN)
def test_odd_and_taken(through, api, secret_key, process, what):
    single, short, picture = through(TAKEN[what])
    assert (single.status_code, short.status_code, picture.status_code) == (200, 200, 200)
    body = batch(GOOD, TAKEN[what], GOOD)
    answer = api(secret_key).post("/v1/batch", body, content_type="application/json")
    assert (answer.status_code, answer.json()["accepted"], answer.json()["rejected"]) == (200, 3, [])
    assert process() == 5


@pytest.mark.parametrize("what", REFUSED)
def test_refused_alone(through, api, secret_key, process, what):
    single, short, picture = through(REFUSED[what])
    for answer in (single, short):
        assert answer.status_code in (400, 413)
        assert answer.json()["code"]
        assert answer.json()["message"]
    assert picture.status_code == 200
    body = batch(GOOD, REFUSED[what], GOOD)
    answer = api(secret_key).post("/v1/batch", body, content_type="application/json")
    assert (answer.status_code, answer.json()["accepted"]) == (200, 2)
    assert [event["index"] for event in answer.json()["rejected"]] == [1]
    assert answer.json()["rejected"][0]["detail"]
    assert process() == 2


@pytest.mark.parametrize("what", UNREADABLE)
def test_unreadable(through, api, secret_key, what):
    single, short, picture = through(UNREADABLE[what])
    assert (single.status_code, short.status_code, picture.status_code) == (400, 400, 200)
    assert single.json()["code"] == "invalid_json"
    body = batch(GOOD, UNREADABLE[what], GOOD)
    answer = api(secret_key).post("/v1/batch", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_more_events_than_a_batch_may_have(api, secret_key, rows):
    body = batch(*[b"{}"] * (MAX_BATCH_EVENTS + 1))
    answer = api(secret_key).post("/v1/batch", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_events")
    assert rows("SELECT count(*) FROM {s}.profiles_deadletter") == [(0,)]


def test_as_many_letters_as_a_batch_may_have(api, secret_key, rows):
    body = batch(*[b"{}"] * MAX_BATCH_EVENTS)
    answer = api(secret_key).post("/v1/batch", body, content_type="application/json")
    assert (answer.status_code, len(answer.json()["rejected"])) == (200, MAX_BATCH_EVENTS)
    assert "spooled" not in answer.json()
    assert rows("SELECT count(*) FROM {s}.profiles_deadletter") == [(MAX_BATCH_EVENTS,)]


def test_a_picture_of_many_fields(api, publishable_key):
    fields = "&".join(f"a{i}=1" for i in range(2000))
    answer = api().get(f"/v1/pixel/track?writeKey={publishable_key}&{fields}")
    assert (answer.status_code, answer["X-Attune-Problem"]) == (200, "invalid_data")


@pytest.mark.parametrize(("size", "refused"), [(60, False), (120, True)])
def test_a_body_in_chunks(size, refused):
    """The server (granian) says that the stream ends with the body; no length is declared."""
    body = orjson.dumps({"a": "x" * (size - 8)})
    request = RequestFactory().post("/v1/track", content_type="application/json")
    del request.META["CONTENT_LENGTH"]
    request.META |= {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "wsgi.input": io.BytesIO(body),
    }
    if refused:
        with pytest.raises(Problem):
            read_body(request, 100)
    else:
        assert read_body(request, 100) == body
