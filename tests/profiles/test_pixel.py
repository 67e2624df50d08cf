"""Events told by loading a picture."""

import base64

import orjson
import pytest

from .conftest import event


def encoded(value) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def test_an_opened_mail(client, publishable_key, process, shopper):
    data = encoded({**event(event="Email Opened", userId="u1"), "writeKey": publishable_key})
    answer = client.get(f"/v1/pixel/track?data={data}")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "image/gif",
        "no-store",
    )
    assert "X-Attune-Problem" not in answer
    assert process() == 1
    assert shopper("u1")


def test_standard_base64(client, publishable_key, process):
    given = {**event(event="??>>~~", userId="ü?>"), "writeKey": publishable_key}
    data = base64.b64encode(orjson.dumps(given)).decode()
    assert "+" in data or "/" in data
    assert "X-Attune-Problem" not in client.get(f"/v1/pixel/t?data={data}")
    assert process() == 1


def test_fields_in_the_address(client, publishable_key, process, shopper):
    answer = client.get(
        "/v1/pixel/identify", {"userId": "u1", "traits.age": "31", "writeKey": publishable_key}
    )
    assert "X-Attune-Problem" not in answer
    assert process() == 1
    assert shopper("u1")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("data=%%%", "invalid_data"),
        ("data=" + encoded([1]), "invalid_data"),
        ("userId=u1&event=X", "missing_key"),
        ("data=" + encoded({"userId": "u1", "event": "X", "writeKey": "pk_wrong"}), "unknown_key"),
        ("a=1&a.b=2", "invalid_data"),
    ],
)
def test_errors_are_a_picture_too(client, tenant, query, problem):
    answer = client.get(f"/v1/pixel/track?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
    assert answer["X-Attune-Problem"] == problem


def test_a_key_counts_for_its_own_shop_only(client, rival, publishable_key, rows):
    data = encoded({**event(event="X", userId="u1"), "writeKey": publishable_key})
    answer = client.get(f"/v1/pixel/track?data={data}", headers={"host": "beta.localhost"})
    assert answer["X-Attune-Problem"] == "unknown_key"
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(0,)]
    assert rows(f'SELECT count(*) FROM "{rival.schema_name}".profiles_event') == [(0,)]
