"""What waits is seen: by machines, by whoever asks whether we are ready, and by senders when it is far too much."""

import datetime as dt

import orjson
import pytest

from profiles import backlog, tasks
from profiles.ingest.door import accept
from tenants import keyring, redis

from .conftest import viewed

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr(backlog, "REMEMBERED_SECONDS", -1.0)
    monkeypatch.setattr("profiles.ingest.hints.publish", lambda schema: None)
    backlog.forget()


def bring(tenant, count, source="http", ago=0.0):
    received = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ago)
    raws = [orjson.dumps(viewed(f"u{n}")) for n in range(count)]
    accept(keyring.scope_of_tenant(tenant), raws, source=source, received=received)


def test_each_tenants_events_are_counted(tenant, rival, process):
    bring(tenant, 5, ago=30)
    bring(tenant, 3, source="import", ago=900)
    bring(rival, 2)
    first, second = backlog.backlogs()
    assert (first.slug, first.live, first.bulk) == ("alpha", 5, 3)
    assert 29 < first.seconds < 60  # what was brought in bulk may wait
    assert (second.slug, second.live, second.bulk) == ("beta", 2, 0)
    process()
    assert [one.slug for one in backlog.backlogs()] == ["beta"]


def test_prometheus_sees_tenants_on_the_operators_host_alone(tenant, client):
    bring(tenant, 4, ago=5)
    mine = client.get("/metrics", headers={"host": "testserver"}).content.decode()
    assert 'attune_events_waiting{kind="live",tenant="alpha"} 4.0' in mine
    anybodys = client.get("/metrics", headers={"host": "beta.localhost"}).content.decode()
    assert 'attune_events_waiting{kind="live"} 4.0' in anybodys
    assert "alpha" not in anybodys
    assert "attune_tenants_waiting 1.0" in anybodys


def test_ready_says_that_workers_are_behind_and_stays_200(tenant, rival, client):
    bring(tenant, 1, ago=2)
    assert client.get("/ready").json()["status"] == "ready"
    bring(rival, 1, ago=60)
    answer = client.get("/ready")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert "60 s" in answer.json()["checks"]["events"]


def test_a_door_closes_only_when_far_too_many_wait_and_opens_again(
    tenant, rival_key, send, settings, process
):
    settings.EVENTS_MOST_WAITING = 3
    bring(tenant, 3)
    bring(tenant, 9, source="import")
    tasks.sweep()
    assert send(viewed("u1")).status_code == 200
    tasks.sweep()
    refused = send(viewed("u2"))
    assert refused.status_code == 503
    assert refused.json()["code"] == "too_many_waiting"
    assert refused.headers["Retry-After"] == "10"
    assert send(viewed("u2"), key=rival_key).status_code == 200
    process()
    redis.run(lambda client: client.delete(backlog.full_key(tenant.schema_name)))  # it expires by itself
    tasks.sweep()
    assert send(viewed("u2")).status_code == 200
