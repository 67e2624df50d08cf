"""What was answered with 200 is committed, asleep or awake: the due row names the tenant."""

import psycopg
import pytest
from django.db import connection

from profiles.ingest import hints
from profiles.tasks import process_events, sweep
from tenants import due, redis

from .conftest import viewed

pytestmark = pytest.mark.usefixtures("committed")


def test_another_connection_sees_the_event_after_the_answer(send, scope):
    assert send(viewed("u1")).status_code == 200
    settings = connection.settings_dict
    with psycopg.connect(
        dbname=settings["NAME"], host=settings["HOST"], port=settings["PORT"], user=settings["USER"]
    ) as other:
        for table in ("event", "eventqueue", "messagekey"):
            assert other.execute(f'SELECT count(*) FROM "{scope.schema}".profiles_{table}').fetchone() == (1,)
        assert other.execute("SHOW synchronous_commit").fetchone() is not None


def test_the_due_row_wakes_the_worker_without_a_hint(send, scope):
    send(viewed("u1"))
    assert (scope.tenant_id, scope.schema) in due.due_tenants("events")
    redis.raw_client().delete(hints.mark_key(scope.schema))
    assert sweep() == 1
    assert process_events(scope.schema) == 1
    assert sweep() == 0


def test_a_due_row_is_forgotten_only_when_no_transaction_can_rely_on_it(send, scope, rows):
    send(viewed("u1"))
    process_events(scope.schema)
    sweep()
    assert due.due_tenants("events")
    rows("UPDATE public.tenants_due SET at = at - interval '1 minute' RETURNING 1")
    sweep()
    assert not due.due_tenants("events")


def test_events_are_accepted_while_valkey_is_away(send, process, scope, settings, shopper):
    send(viewed("u1"))
    process()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis.close()
    try:
        assert send(viewed("u1")).json()["accepted"] == 1
        assert process() == 1
    finally:
        settings.REDIS_URL = original_url()
        redis.close()
    assert shopper("u1").counters


def original_url() -> str:
    import os

    return os.environ["REDIS_URL"]
