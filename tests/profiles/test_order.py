"""One shopper's events are processed in the order they were sent, however many workers there are."""

import threading

import pytest
from django.db import connection

from profiles.processing.batches import run_once
from tenants.db import tenant_connection

from .conftest import event

pytestmark = pytest.mark.usefixtures("committed")

SHOPPERS, ROUNDS = 12, 25


def test_two_workers_keep_every_shoppers_order(send, scope, shopper, rows):
    for number in range(ROUNDS):
        send(
            *(
                event(
                    "identify", userId=f"u{s}", anonymousId=f"a{s}", traits={"step": number, f"t{number}": 1}
                )
                for s in range(SHOPPERS)
            ),
            *(event("page", anonymousId=f"a{s}") for s in range(SHOPPERS)),
        )
    failures: list[BaseException] = []
    done: list[int] = []

    def work() -> None:
        try:
            with tenant_connection(scope.schema):
                idle = 0
                while idle < 20:
                    count = run_once(scope, limit=20)
                    done.append(count)
                    idle = 0 if count else idle + 1
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures
    assert sum(done) == 2 * SHOPPERS * ROUNDS
    assert rows("SELECT count(*) FROM {s}.profiles_eventqueue") == [(0,)]
    from profiles.selectors import traits_of

    with tenant_connection(scope.schema):
        for number in range(SHOPPERS):
            traits = traits_of(scope, shopper(f"u{number}"))
            assert traits == {"step": ROUNDS - 1, **{f"t{n}": 1 for n in range(ROUNDS)}}
    assert rows("SELECT count(*) FROM {s}.profiles_profile") == [(SHOPPERS,)]
    pages = rows("SELECT sum((b.value->>'pv')::int) FROM {s}.profiles_profile p, jsonb_each(p.counters) b")
    assert pages == [(SHOPPERS * ROUNDS,)]


def test_a_lane_that_a_worker_holds_is_left_alone(send, scope):
    send(event("page", userId="u1"))
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        from django.db import transaction
        from psycopg import Cursor

        from profiles.processing.claim import claim

        with transaction.atomic(), Cursor(connection.connection) as cursor:
            assert claim(cursor, scope.schema)
            held.set()
            release.wait(10)
        connection.close()

    def held_open() -> None:
        connection.ensure_connection()
        hold()

    worker = threading.Thread(target=held_open)
    worker.start()
    held.wait(10)
    with tenant_connection(scope.schema):
        assert run_once(scope) == 0
        release.set()
        worker.join()
        assert run_once(scope) == 1
