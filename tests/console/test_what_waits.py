"""Today says what no worker has processed yet: what happens now, and apart from it what was imported."""

import datetime as dt

import orjson
import pytest

from config.console.dashboard import health, traffic
from profiles.ingest.door import accept
from tenants.db import tenant_connection

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def bring(scope, monkeypatch):
    monkeypatch.setattr("profiles.ingest.hints.publish", lambda schema: None)

    def take(count, ago=0.0, source="http"):
        raws = [
            orjson.dumps({"type": "page", "userId": f"u{n}", "messageId": f"{source}-{ago}-{n}"})
            for n in range(count)
        ]
        received = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ago)
        accept(scope, raws, source=source, received=received)

    return take


def said(scope):
    with tenant_connection(scope.schema):
        check = health._workers()
    return check.state, check.said


def test_nothing_waits(scope, tenant):
    assert said(scope) == ("good", "no event is waiting")


def test_workers_are_behind(scope, tenant, bring):
    bring(3, ago=60)
    assert said(scope) == ("bad", "3 events wait: is a worker running?")
    with tenant_connection(scope.schema):
        card = traffic.events(tenant)
    assert (card["waiting_events"], card["waiting_bulk"]) == (3, 0)
    assert card["waiting_seconds"] > 59


def test_what_was_imported_may_wait(scope, tenant, bring):
    bring(2, ago=3600, source="import")
    assert said(scope) == ("good", "keeping up; 2 imported wait for a quiet moment")
    with tenant_connection(scope.schema):
        card = traffic.events(tenant)
    assert (card["waiting_seconds"], card["waiting_bulk"]) == (None, 2)
