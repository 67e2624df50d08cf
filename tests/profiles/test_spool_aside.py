"""A record that can't be drained stops nobody else, is kept, and can be tried again."""

from io import StringIO

import pytest
from django.core.management import call_command

from profiles.privacy import spool as privacy
from profiles.spool import aside, drain
from profiles.subjects import resolve
from tenants.db import tenant_connection
from tenants.provisioning import offboard

from .conftest import event, viewed

pytestmark = pytest.mark.usefixtures("committed", "known_key")


@pytest.fixture
def poisoned(monkeypatch):
    """Storing an event of “poison” fails, as no event should."""
    real = drain._store

    def store(tenant, records):
        if any(b'"poison"' in raw for record in records for raw in record.raws):
            raise ValueError("odd")
        real(tenant, records)

    monkeypatch.setattr(drain, "_store", store)
    return monkeypatch


@pytest.fixture
def one_aside(send, spool, away, poisoned):
    with away():
        send(viewed("u1"))
        send(viewed("poison"), viewed("u2"))
        send(viewed("u3"))
    assert drain.drain(spool) == 4
    assert not spool.waiting()
    return spool


def test_the_others_are_drained(one_aside, rows):
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(3,)]
    (path,) = aside.folder_of(one_aside.folder).iterdir()
    assert "ValueError" in path.name
    assert b"poison" not in path.read_bytes()


def test_it_can_be_tried_again(one_aside, poisoned, rows):
    poisoned.undo()
    said = StringIO()
    call_command("drain_spool", "--set-aside", stdout=said)
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(5,)]
    assert list(aside.records(one_aside.folder)) == []
    assert "2 events drained; records set aside: 0." in said.getvalue()


def test_an_erasure_finds_who_is_named_in_it(one_aside, scope):
    with tenant_connection(scope.schema):
        other = resolve(scope, [("user_id", "somebody")])
        person = resolve(scope, [("user_id", "poison")])
        assert privacy.verify(other) == 0
        assert privacy.verify(person) == 1
        assert privacy.erase(other) == 0
        assert privacy.erase(person) == 1
        assert privacy.verify(person) == 0


def test_an_erasure_drains_what_waits(send, spool, away, scope, rows):
    with away():
        send(viewed("u1"))
    with tenant_connection(scope.schema):
        person = resolve(scope, [("user_id", "u1")])
        assert privacy.verify(person) == 1
        privacy.erase(person)
        assert privacy.verify(person) == 0
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(2,)]


def test_old_ones_are_forgotten(one_aside):
    assert aside.forget_old(one_aside.folder) == 0
    assert aside.forget_old(one_aside.folder, days=-1) == 1


def test_events_of_a_shop_that_left_are_dropped(send, spool, away, tenant, rival_key, rows):
    send(event("page", userId="known"), key=rival_key)
    with away():
        send(viewed("u1"))
        send(viewed("u1"), key=rival_key)
    offboard(tenant, actor="test")
    drain.drain(spool)
    assert not spool.waiting()
    assert list(aside.records(spool.folder)) == []
