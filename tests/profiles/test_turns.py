"""One flooded tenant does not hold up another: they take turns, and the ring of hints comes around."""

import datetime as dt

import orjson
import pytest
from celery import current_app

from profiles import tasks
from profiles.ingest import hints
from profiles.ingest.door import accept
from profiles.processing import turns
from tenants import keyring, redis

from .conftest import viewed

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(turns, "BATCH", 50)
    monkeypatch.setattr(turns, "SHARED_BATCH", 20)
    monkeypatch.setattr(turns, "SHORTEST_SECONDS", 0.0)
    monkeypatch.setattr(turns, "ROUND_SECONDS", 0.0)


@pytest.fixture
def ring(monkeypatch):
    """The real list in Valkey; the broker's own client is not needed to see its order."""
    monkeypatch.setattr(
        hints.current_app,
        "send_task",
        lambda name, args, queue, **_: redis.run(lambda client: client.lpush(queue, args[0])),
    )

    def take_up():
        schema = redis.run(lambda client: client.rpop(hints.CHANNEL))
        return schema.decode() if schema else None

    return take_up


def flood(tenant, count):
    scope = keyring.scope_of_tenant(tenant)
    raws = [orjson.dumps(viewed(f"u{n}")) for n in range(count)]
    accept(scope, raws, source="http", received=dt.datetime.now(dt.UTC))
    hints.publish(scope.schema)
    return scope.schema


def waiting(schema):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{schema}".profiles_eventqueue')
        return cursor.fetchone()[0]


def test_the_other_tenant_is_next(tenant, rival, ring):
    crowded = flood(tenant, 500)
    quiet = flood(rival, 5)
    order = []
    while schema := ring():
        tasks.process_events(schema)
        order.append(schema)
        if not waiting(quiet):
            break
    assert order == [crowded, quiet]
    assert waiting(crowded) > 400  # its turn was short, because somebody waited


def test_the_flood_comes_around_until_it_is_dry(tenant, rival, ring):
    crowded, quiet = flood(tenant, 200), flood(rival, 5)
    turns_of = []
    while schema := ring():
        tasks.process_events(schema)
        turns_of.append(schema)
        assert len(turns_of) < 100
    assert waiting(crowded) == waiting(quiet) == 0
    assert turns_of[1] == quiet


def test_a_tenant_has_one_place_in_the_ring(tenant, ring):
    schema = flood(tenant, 5)
    for _ in range(10):
        hints.publish(schema)
    assert redis.run(lambda client: client.llen(hints.CHANNEL)) == 1
    assert hints.others_waiting(schema) == 0
    assert hints.others_waiting("t_another") == 1


def test_alone_a_turn_goes_on():
    assert turns.turn_seconds(0) == turns.LONGEST_SECONDS


def test_events_have_a_queue_of_their_own():
    router = current_app.amqp.router
    for name in (hints.TASK, "profiles.tasks.sweep"):
        assert router.route({}, name)["queue"].name == hints.CHANNEL
    assert router.route({}, "recommendations.tasks.train_all")["queue"].name == "celery"
