"""Which events a worker takes first."""

import datetime as dt

import pytest
from django.db import transaction
from psycopg import Cursor

from profiles.ingest.door import accept
from profiles.processing.batches import run_once
from profiles.processing.claim import claim
from tenants.db import tenant_connection

from .conftest import viewed

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def take(scope, no_hints):
    import orjson

    def bring(*events, source="http"):
        now = dt.datetime.now(dt.UTC)
        accepted = accept(scope, [orjson.dumps(e) for e in events], source=source, received=now)
        assert accepted.fresh == len(events)

    return bring


@pytest.fixture
def claimed(scope):
    """`claimed(limit)`: what a worker would take now; nothing is kept."""
    from django.db import connection

    def look(limit=1000):
        with tenant_connection(scope.schema), transaction.atomic():
            connection.ensure_connection()
            found = claim(Cursor(connection.connection), scope.schema, limit)
            transaction.set_rollback(True)
        return found

    return look


def test_what_happens_now_comes_before_what_was_brought_in_bulk(take, claimed, scope, rows):
    take(*(viewed(f"old{n}") for n in range(30)), source="import")
    take(*(viewed(f"new{n}") for n in range(30)))
    live = {key for (key,) in rows("SELECT id FROM {s}.profiles_event ORDER BY id OFFSET 30")}
    found = {event.id for event in claimed()}
    assert found
    assert found <= live
    with tenant_connection(scope.schema):
        while run_once(scope):
            pass
    assert rows("SELECT count(*) FROM {s}.profiles_eventqueue") == [(0,)]
    assert rows("SELECT count(*) FROM {s}.profiles_profile") == [(60,)]


def test_few_lanes_are_emptied_rather_than_many_skimmed(take, claimed):
    """So a shopper's events come in one batch, and the shopper is read and written once."""
    for _ in range(10):
        take(*(viewed(f"u{n}") for n in range(100)))
    found = claimed(100)
    assert len(found) == 100
    assert len({event.handle for event in found}) < 40
    # All of the first 40 or so shoppers' events are there, in order.
    assert [event.id for event in found] == sorted(event.id for event in found)


def test_one_worker_leaves_lanes_to_the_next(take, scope):
    import psycopg
    from django.db import connection

    take(*(viewed(f"u{n}") for n in range(300)))
    with tenant_connection(scope.schema), transaction.atomic():
        connection.ensure_connection()
        first = claim(Cursor(connection.connection), scope.schema)
        with psycopg.connect(connection.connection.info.dsn) as other, other.cursor() as cursor:
            second = claim(cursor, scope.schema)
        transaction.set_rollback(True)
    assert first
    assert second
    assert not {event.handle for event in first} & {event.handle for event in second}
