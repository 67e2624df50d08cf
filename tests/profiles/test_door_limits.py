"""Bodies are bounded, compressed or not."""

import gzip

import orjson
import pytest

from .conftest import event, viewed


@pytest.fixture
def post(api, secret_key):
    def send(path, body, **headers):
        return api(secret_key, **headers).post(path, body, content_type="application/json")

    return send


def padded(size: int) -> bytes:
    """A page event of exactly `size` bytes."""
    body = orjson.dumps(event("page", userId="u1", properties={"x": ""}))
    return body.replace(b'"x":""', b'"x":"%b"' % (b"y" * (size - len(body))))


@pytest.mark.parametrize(("size", "status"), [(32_768, 200), (32_769, 413)])
def test_one_event(post, size, status):
    assert post("/v1/page", padded(size)).status_code == status


def test_a_batch_over_the_limit(post):
    body = b'{"batch":[' + b",".join(padded(30_000) for _ in range(18)) + b"]}"
    response = post("/v1/batch", body)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert response["Connection"] == "close"


def test_a_large_batch_within_the_limit(post):
    body = b'{"batch":[' + b",".join(padded(30_000) for _ in range(17)) + b"]}"
    assert post("/v1/batch", body).json()["accepted"] == 17


def test_gzip(post):
    body = gzip.compress(orjson.dumps({"batch": [viewed("u1"), viewed("u2")]}), mtime=0)
    assert post("/v1/batch", body, **{"content-encoding": "gzip"}).json()["accepted"] == 2


def test_a_bomb_is_stopped(post):
    body = gzip.compress(b'{"batch":[' + b" " * 50_000_000 + b"]}", mtime=0)
    assert len(body) < 100_000
    assert post("/v1/batch", body, **{"content-encoding": "gzip"}).status_code == 413


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b'{"batch":[]}', mtime=0)[:-6]])
def test_broken_gzip(post, body):
    response = post("/v1/batch", body, **{"content-encoding": "gzip"})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_gzip")


def test_another_encoding(post):
    assert post("/v1/batch", b"x", **{"content-encoding": "br"}).status_code == 415
