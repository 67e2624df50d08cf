"""A secret key may name any shopper; a browser needs the merchant's word for a known one."""

from __future__ import annotations

import jwt
import pytest

from tenants.tokens import sign_shopper_token

PATH = "/api/v1/recommendations"
pytestmark = pytest.mark.usefixtures("shop")


def test_a_browser_may_not_name_a_user(api, publishable_key) -> None:
    response = api(publishable_key).get(PATH, {"user_id": "u1"})
    assert response.status_code == 403
    assert response.json()["code"] == "shopper_token_required"


def test_a_browser_with_a_signed_token_may(api, publishable_key, tenant) -> None:
    token = sign_shopper_token(tenant, "u1")
    client = api(publishable_key, x_shopper_token=token)
    assert client.get(PATH, {"user_id": "u1"}).status_code == 200
    assert client.get(PATH).status_code == 200


def test_a_token_for_somebody_else_is_refused(api, publishable_key, tenant) -> None:
    token = sign_shopper_token(tenant, "u2")
    assert api(publishable_key, x_shopper_token=token).get(PATH, {"user_id": "u1"}).status_code == 403


def test_a_rivals_token_is_refused(api, publishable_key, rival) -> None:
    token = sign_shopper_token(rival, "u1")
    assert api(publishable_key, x_shopper_token=token).get(PATH).status_code == 401


def test_an_expired_token_is_refused(api, publishable_key, tenant) -> None:
    token = sign_shopper_token(tenant, "u1", seconds=-60)
    response = api(publishable_key, x_shopper_token=token).get(PATH)
    assert (response.status_code, response.json()["code"]) == (401, "shopper_token_expired")


def test_an_unsigned_token_is_refused(api, publishable_key) -> None:
    token = jwt.encode({"sub": "u1", "exp": 4102444800}, key="", algorithm="none")
    assert api(publishable_key, x_shopper_token=token).get(PATH).status_code == 401


def test_an_anonymous_id_needs_no_token_and_no_origin(api, publishable_key) -> None:
    assert api(publishable_key).get(PATH, {"anonymous_id": "a1"}).status_code == 200


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"limit": "0"}, "from 1 to 50"),
        ({"limit": "51"}, "from 1 to 50"),
        ({"limit": "many"}, "whole number"),
        ({"placement": "attic"}, "no placement"),
        ({"channel": "pigeon"}, "channel must be"),
        ({"user_id": "x" * 501}, "at most 500"),
    ],
)
def test_a_bad_question_is_told_what_is_wrong(api, secret_key, question, words) -> None:
    response = api(secret_key).get(PATH, question)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert words in response.json()["detail"]


def test_a_body_that_is_not_json_is_told_where(api, secret_key) -> None:
    response = api(secret_key).post(PATH, '{"user_id": oops}', content_type="application/json")
    assert response.status_code == 400
    assert response.json()["position"] == 12
