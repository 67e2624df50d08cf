"""The ledger of `make chaos` tells what was lost, counted twice or out of order: it could fail."""

import datetime as dt

import orjson
import pytest
from django.db import connection

from bench.chaos.ledger import left, wrong
from bench.chaos.senders import event_of
from profiles.ingest.door import accept
from profiles.processing.batches import run_once
from tenants.db import tenant_connection

pytestmark = pytest.mark.usefixtures("committed")
SENT = {"shopper-1": 6, "shopper-2": 3}


@pytest.fixture
def counted(scope, monkeypatch):
    """`counted(shopper → numbers of its events, in their order)`: sent and processed."""
    monkeypatch.setattr("profiles.ingest.hints.publish", lambda schema: None)

    def send(numbers):
        for shopper, events in numbers.items():
            raws = [orjson.dumps(event_of(shopper, number)) for number in events]
            accept(scope, raws, source="http", received=dt.datetime.now(dt.UTC))
        with tenant_connection(scope.schema):
            while run_once(scope):
                pass

    return send


def test_all_is_well(tenant, counted):
    counted({"shopper-1": range(1, 7), "shopper-2": range(1, 4)})
    assert wrong(tenant, SENT) == []
    assert left(tenant, 9) == 0


def test_one_is_lost(tenant, counted):
    counted({"shopper-1": [1, 2, 3, 5, 6], "shopper-2": range(1, 4)})
    assert left(tenant, 9) == 1
    assert "shopper-1: 1 of 6 events are missing, 0 came twice." in wrong(tenant, SENT)


def test_one_came_out_of_order(tenant, counted):
    counted({"shopper-1": [1, 2, 4, 3, 5, 6], "shopper-2": range(1, 4)})
    assert wrong(tenant, SENT) == ["shopper-1: events were processed out of order."]


def test_one_is_counted_twice(tenant, counted, scope):
    counted({"shopper-1": range(1, 7), "shopper-2": range(1, 4)})
    # As a queue that is processed again after its deletion was lost.
    with tenant_connection(scope.schema), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO profiles_eventqueue (event_id, lane, received_at, attempts)
               SELECT id, 0, received_at, 0 FROM profiles_event ORDER BY id DESC LIMIT 1"""
        )
        run_once(scope)
    found = wrong(tenant, SENT)
    assert "shopper-2: 0 of 3 events are missing, 1 came twice." in found
    assert "shopper-2: 4 views are counted, not 3." in found


def test_a_shopper_without_a_profile(tenant, counted):
    counted({"shopper-1": range(1, 7)})
    assert "shopper-2 has no profile, and 3 events." in wrong(tenant, SENT)
