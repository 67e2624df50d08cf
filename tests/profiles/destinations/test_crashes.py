"""Killed anywhere, each row is delivered once: the same delivery writes the same file."""

from __future__ import annotations

import datetime as dt

import pytest

from profiles.destinations.models import ExportFile
from profiles.destinations.warehouse import describe, files
from profiles.destinations.warehouse.folder import Folder
from tenants.connectors import queue, retry, run
from tenants.connectors.base import Trouble
from tenants.db import tenant_connection
from tenants.workspace.models import Delivery, Destination

from ..conftest import viewed


class Killed(BaseException):
    """Nothing in the product may catch it."""


@pytest.mark.parametrize("moment", ["before the file", "after the file", "before it is settled"])
def test_killed_and_tried_again(
    moment, committed, destination, send, process, export, lake, scope, monkeypatch
):
    destination(streams=("events",))
    send(viewed("u1"), viewed("u2"), viewed("u3"))
    process()

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        where = {
            "before the file": (Folder, "put"),
            "after the file": (describe, "publish"),
            "before it is settled": (queue, "settle_sent"),
        }[moment]
        patch.setattr(*where, die)
        with pytest.raises(Killed):
            export(1)
    export()
    assert lake("SELECT count(*), count(DISTINCT event_id) FROM {events}") == [(3, 3)]
    with tenant_connection(scope.schema):
        assert ExportFile.objects.filter(published=True, rows=3).count() == 1


def test_what_is_leased_is_not_taken_by_another_worker(committed, destination, send, process, scope):
    made = destination(streams=("events",))
    send(viewed("u1"))
    process()
    with tenant_connection(scope.schema):
        now = dt.datetime.now(dt.UTC)
        run._plan(scope, run.connector_of(made), run.open_link(scope, made))
        later = now + dt.timedelta(seconds=5)
        first = queue.claim(made, later, 60)
        assert first is not None
        assert queue.claim(made, later, 60) is None
        again = queue.claim(made, later + dt.timedelta(seconds=61), 60)
        assert again is not None
        assert (again.pk, again.attempts) == (first.pk, 2)


def test_a_failing_destination_rests_and_says_why(
    committed, destination, send, process, export, lake, scope, monkeypatch
):
    made = destination(streams=("events",))
    send(viewed("u1"))
    process()
    with monkeypatch.context() as patch:

        def away(self, path, content):
            raise Trouble("The folder can't be written: No space left on device.")

        patch.setattr(Folder, "put", away)
        export(retry.BREAKER_FAILURES)
    with tenant_connection(scope.schema):
        made.refresh_from_db()
        assert "No space left" in made.error
        assert made.failing_since is not None
        assert made.next_at > dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
        one = Delivery.objects.get()
        assert (one.state, one.attempts, one.tries.count()) == ("waiting", 5, 5)
    export()
    with tenant_connection(scope.schema):
        made.refresh_from_db()
        assert (made.error, made.failures, made.failing_since) == ("", 0, None)
    assert lake("SELECT count(*) FROM {events}") == [(1,)]


def test_what_fails_too_often_is_a_dead_letter_and_can_be_replayed(
    committed, destination, send, process, export, lake, scope, monkeypatch
):
    from tenants.connectors import services

    made = destination(streams=("events",))
    send(viewed("u1"))
    process()
    monkeypatch.setattr(retry, "MOST_ATTEMPTS", 2)
    with monkeypatch.context() as patch:

        def away(self, path, content):
            raise Trouble("It is away.")

        patch.setattr(Folder, "put", away)
        export(3)
    with tenant_connection(scope.schema):
        assert Delivery.objects.get().state == "dead"
        assert services.replay(scope, made, None, actor="user:1") == 1
    export()
    assert lake("SELECT count(*) FROM {events}") == [(1,)]


def test_pauses_grow_and_differ():
    first = [retry.pause(1).total_seconds() for _ in range(50)]
    later = [retry.pause(6).total_seconds() for _ in range(50)]
    assert len(set(first)) > 1
    assert max(first) <= retry.BASE_SECONDS < min(later)
    assert retry.pause(40).total_seconds() <= retry.LONGEST_SECONDS
    assert retry.pause(1, retry_after=500).total_seconds() >= 500


def test_a_file_of_another_try_with_nobody_left_is_withdrawn(
    committed, destination, send, process, export, lake, scope
):
    """Published, not settled, then the only shopper in it is gone: the second try takes the file back."""
    destination(streams=("events",))
    send(viewed("u1"))
    process()
    export()
    with tenant_connection(scope.schema):
        from profiles.models import Profile

        one = Delivery.objects.get()
        assert files.of_delivery(one.destination_id, one.key)
        Profile.objects.all().delete()
        # As if it had never been settled.
        row = ExportFile.objects.get()
        Delivery.objects.update(state="waiting", lease_until=None, ids=[1], moments=[row.written_at])
    export()
    with tenant_connection(scope.schema):
        assert not ExportFile.objects.exists()
        assert Destination.objects.get().failures == 0
