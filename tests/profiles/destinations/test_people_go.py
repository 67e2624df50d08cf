"""Who was erased, or agrees no more, goes out of files that were published long ago."""

from __future__ import annotations

from compliance.consent import Choice
from compliance.registry import Person
from profiles.consents import set_consent
from profiles.destinations.models import ExportFile
from profiles.privacy import warehouse
from profiles.subjects import resolve
from tenants.connectors import run
from tenants.db import tenant_connection
from tenants.workspace.models import Destination

from ..conftest import viewed


def sent(send, process, export):
    send(viewed("u1", "p1"), viewed("u1", "p2"), viewed("u2", "p1"))
    process()
    export()


def person_of(scope, value) -> Person:
    return resolve(scope, [("user_id", value)])


def test_an_erased_person_is_in_no_file_any_more(committed, destination, send, process, export, lake, scope):
    destination(history=True)
    sent(send, process, export)
    with tenant_connection(scope.schema):
        person = person_of(scope, "u1")
        assert warehouse.verify(person) >= 3  # events, interactions, profiles
        warehouse.erase(person)
        assert warehouse.verify(person) == 0
    gone = str(person.uuids[0])
    for table in ("events", "interactions", "profiles"):
        assert lake(f"SELECT count(*) FROM {{{table}}} WHERE profile = '{gone}'") == [(0,)]
        assert lake(f"SELECT count(*) > 0 FROM {{{table}}}") == [(True,)]


def test_running_it_again_is_harmless(committed, destination, send, process, export, lake, scope):
    destination()
    sent(send, process, export)
    with tenant_connection(scope.schema):
        person = person_of(scope, "u1")
        warehouse.erase(person)
        assert warehouse.erase(person) == 0
    assert lake("SELECT count(*) FROM {events}") == [(1,)]


def test_a_file_that_was_recorded_but_never_published_holds_nobody(
    committed, destination, send, process, export, scope, monkeypatch
):
    destination()
    monkeypatch.setattr(
        "profiles.destinations.warehouse.folder.Folder.put", lambda self, path, content: 1 / 0
    )
    sent(send, process, export)
    with tenant_connection(scope.schema):
        assert ExportFile.objects.filter(published=False).exists()
        person = person_of(scope, "u1")
        monkeypatch.undo()
        warehouse.erase(person)
        assert warehouse.verify(person) == 0


def test_a_delivery_in_progress_is_waited_for(
    committed, destination, send, process, export, scope, monkeypatch
):
    """Killed erasures are tried again; one that raced a delivery could leave the person behind."""
    made = destination()
    sent(send, process, export)
    monkeypatch.setattr(warehouse, "WAIT_SECONDS", 0.2)
    with tenant_connection(scope.schema):
        person = person_of(scope, "u1")
        from django.db import connections

        other = connections["default"].copy()
        try:
            with other.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_lock(hashtextextended(%s, 0))",
                    [f"{scope.schema}:destination:{made.pk}"],
                )
            try:
                warehouse.erase(person)
            except warehouse.Busy:
                waited = True
            else:
                waited = False
        finally:
            other.close()
        assert waited
        warehouse.erase(person)
        assert warehouse.verify(person) == 0


def test_without_consent_nothing_leaves(committed, destination, send, process, export, lake, scope):
    destination()
    send(viewed("u1", "p1"), viewed("u2", "p1"))
    process()
    with tenant_connection(scope.schema):
        set_consent(scope, ("user_id", "u1"), [Choice("analytics", granted=False)], actor="user:1")
    export()
    assert lake("SELECT count(*) FROM {events}") == [(1,)]


def test_a_later_withdrawal_reaches_what_was_sent(committed, destination, send, process, export, lake, scope):
    destination()
    sent(send, process, export)
    with tenant_connection(scope.schema):
        gone = str(person_of(scope, "u1").uuids[0])
        set_consent(scope, ("user_id", "u1"), [Choice("analytics", granted=False)], actor="user:1")
        Destination.objects.update(tidied_on=None)
    export(1)
    assert lake(f"SELECT count(*) FROM {{events}} WHERE profile = '{gone}'") == [(0,)]
    assert lake("SELECT count(*) FROM {events}") == [(1,)]


def test_the_rival_keeps_everything(committed, destination, send, process, export, lake, scope, rival):
    destination()
    sent(send, process, export)
    with tenant_connection(rival.schema_name):
        assert not ExportFile.objects.exists()
        assert not Destination.objects.exists()
        assert not run.work_waits(rival.schema_name)
