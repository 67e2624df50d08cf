"""A stored answer is used only while the versions it was made with are current."""

from __future__ import annotations

import pytest

from tenants import epochs, redis
from tenants.crypto import blind_index

PATH = "/api/v1/recommendations?user_id=u1&limit=4"
pytestmark = pytest.mark.usefixtures("shop")


def is_cached(response) -> bool:
    return "hit" in response["Server-Timing"]


def test_the_second_answer_is_the_first_ones_bytes(api, secret_key) -> None:
    first, second = api(secret_key).get(PATH), api(secret_key).get(PATH)
    assert (is_cached(first), is_cached(second)) == (False, True)
    assert first.content == second.content
    assert first["Content-Type"] == second["Content-Type"]


def test_a_new_version_of_the_shopper_outdates_it(api, secret_key, tenant) -> None:
    api(secret_key).get(PATH)
    blind = blind_index(tenant.pk, "user_id", "u1")
    redis.raw_client().set(f"{tenant.schema_name}:v:{blind.hex()}", 7)
    assert not is_cached(api(secret_key).get(PATH))


def test_a_change_of_rules_model_or_catalogue_outdates_it(api, secret_key, tenant) -> None:
    api(secret_key).get(PATH)
    epochs.publish(tenant.schema_name)
    assert not is_cached(api(secret_key).get(PATH))


def test_another_start_of_valkey_finds_nothing(api, secret_key, monkeypatch) -> None:
    api(secret_key).get(PATH)
    monkeypatch.setattr(redis, "server_id", lambda: "restarted")
    assert not is_cached(api(secret_key).get(PATH))


def test_trusted_and_untrusted_answers_are_kept_apart(api, secret_key, publishable_key) -> None:
    path = "/api/v1/recommendations?anonymous_id=a1"
    api(secret_key).get(path)
    assert not is_cached(api(publishable_key).get(path))
