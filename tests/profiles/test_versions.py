"""Valkey knows every shopper's version after the commit, also when it was away at that moment."""

import os

import pytest

from profiles.processing import versions
from profiles.processing.versions import tell, version_key
from profiles.tasks import process_turn, work_waits
from tenants import redis
from tenants.crypto import blind_index

from .conftest import event, viewed

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def told(scope):
    def read(value, kind="user_id"):
        key = version_key(scope.schema, blind_index(scope.tenant_id, kind, value).hex())
        found = redis.raw_client().get(key)
        return None if found is None else int(found)

    return read


def test_it_grows_with_every_event(send, process, told, shopper):
    send(viewed("u1"))
    process()
    first = told("u1")
    assert first == shopper("u1").version
    send(viewed("u1"))
    process()
    assert told("u1") == first + 1 == shopper("u1").version


def test_every_identifier_is_told(send, process, told):
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    assert told("a1", "anonymous_id") == told("u1")


def test_it_never_shrinks(scope, told):
    blind = blind_index(scope.tenant_id, "user_id", "u1").hex()
    tell(scope.schema, {blind: 7})
    tell(scope.schema, {blind: 5})
    assert told("u1") == 7
    assert redis.raw_client().ttl(version_key(scope.schema, blind)) > 86_400


def test_it_is_told_later_when_valkey_was_away(send, process, scope, settings, told, shopper):
    send(viewed("u1"))
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis.close()
    assert process() == 1
    settings.REDIS_URL = os.environ["REDIS_URL"]
    redis.close()
    assert told("u1") is None
    assert work_waits(scope.schema)
    process_turn(scope)
    assert told("u1") == shopper("u1").version
    assert not work_waits(scope.schema)


def test_a_worker_that_dies_before_telling_leaves_a_note(send, scope, monkeypatch, told):
    def die(*_):
        raise SystemExit

    send(viewed("u1"))
    with monkeypatch.context() as patch:
        patch.setattr(versions, "tell", die)
        with pytest.raises(SystemExit):
            process_turn(scope)
    process_turn(scope)
    assert told("u1") is not None


def test_a_released_visitor_gets_a_new_version_and_never_an_old_one(send, process, told, publishable_key):
    send(viewed(item="i1", anonymousId="a1"))
    process()
    before = told("a1", "anonymous_id")
    send(event("identify", userId="u1", anonymousId="a1"), key=publishable_key)
    process()
    released = told("a1", "anonymous_id")
    send(viewed(item="i2", anonymousId="a1"))
    process()
    assert before < released < told("a1", "anonymous_id")
