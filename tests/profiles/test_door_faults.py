"""What does not fit is said in words, with the field that it is about, and the letter names its event."""

import pytest

from profiles.models import DeadLetter
from tenants.db import tenant_connection

GOOD = {"type": "track", "userId": "u1", "event": "Basket Weighed"}


@pytest.mark.parametrize(
    ("wrong", "path", "detail"),
    [
        ({"properties": "text"}, "properties", "“properties” must be an object; it is text."),
        ({"context": [1]}, "context", "“context” must be an object; it is a list."),
        ({"userId": True}, "userId", "“userId” must be text or a number; it is true or false."),
        ({"event": 42}, "event", "“event” must be text; it is a number."),
    ],
)
def test_a_field_of_another_kind(send, scope, wrong, path, detail):
    [rejected] = send({**GOOD, **wrong}).json()["rejected"]
    assert (rejected["path"], rejected["detail"]) == (path, detail)
    with tenant_connection(scope.schema):
        letter = DeadLetter.objects.get()
    assert (letter.path, letter.event) == (path, "" if "event" in wrong else "Basket Weighed")


def test_a_number_that_nobody_can_hold(api, secret_key):
    body = b'{"userId":"u1","event":"X","properties":{"a":[1e999]}}'
    answer = api(secret_key).post("/v1/track", body, content_type="application/json")
    assert answer.json()["path"] == "properties"
    assert answer.json()["detail"] == "A number in “properties” is too large."


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        ("text", "The event must be an object; it is text."),
        (None, "The event must be an object; it is null."),
    ],
)
def test_something_else_than_an_event(send, event, detail):
    assert send(event).json()["rejected"][0]["detail"] == detail


def test_a_type_that_is_missing(send):
    [rejected] = send({"userId": "u1", "event": "X"}).json()["rejected"]
    assert rejected["detail"].endswith("; it is missing.")


def test_a_body_that_is_no_object(api, secret_key):
    answer = api(secret_key).post("/v1/track", b"[1]", content_type="application/json")
    assert answer.json()["detail"] == "The body must be an object; it is a list."
