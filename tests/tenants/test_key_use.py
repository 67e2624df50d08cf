"""A key's page says when it was last used, so that nobody revokes one that works for its living."""

from __future__ import annotations

import math
import time

import pytest

from tenants import key_use, keyring, redis
from tenants.keys import create_key, revoke_key
from tenants.models import ApiKey
from tenants.tasks import note_key_use

PATH = "/api/v1/recommendations"
pytestmark = pytest.mark.usefixtures("committed")


NOW = -math.inf


@pytest.fixture(autouse=True)
def only_when_asked(monkeypatch):
    """The thread of this process leaves what is noted to the test."""
    monkeypatch.setattr(key_use, "_told_at", math.inf)
    monkeypatch.setattr(key_use, "_used", set())


def last_used(key):
    key_use.tell(NOW)
    note_key_use()
    return ApiKey.objects.get(pk=key.pk).last_used_at


@pytest.mark.parametrize("path", [PATH, "/v1/track"])
def test_a_request_is_a_use(tenant, api, path):
    key, token = create_key(tenant=tenant, kind="secret", name="server")
    other, _ = create_key(tenant=tenant, kind="secret", name="spare")
    assert last_used(key) is None
    if path == PATH:
        api(token).get(path)
    else:
        body = f'{{"userId": "u1", "event": "X", "writeKey": "{token}"}}'
        assert api().post(path, body, content_type="application/json").status_code == 200
    assert last_used(key) is not None
    assert last_used(other) is None


def test_a_refused_one_is_none(tenant, api):
    key, token = create_key(tenant=tenant, kind="secret", name="server")
    revoke_key(key, actor="test")
    assert api(token).get(PATH).status_code == 401
    assert last_used(key) is None


def test_it_is_kept_while_valkey_is_away(tenant, api, monkeypatch):
    key, token = create_key(tenant=tenant, kind="secret", name="server")
    api(token).get(PATH)

    def away(command):
        raise redis.Unavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(redis, "run", away)
        key_use.tell(NOW)
    assert last_used(key) is not None


def test_a_web_process_tells_by_itself(tenant, api, monkeypatch):
    key, token = create_key(tenant=tenant, kind="secret", name="server")
    keyring.start()
    api(token).get(PATH)
    monkeypatch.setattr(key_use, "_told_at", -math.inf)
    until, told = time.monotonic() + 20, set()
    while key.pk not in told and time.monotonic() < until:
        told.update(key_use.take())
        time.sleep(0.05)
    assert key.pk in told
