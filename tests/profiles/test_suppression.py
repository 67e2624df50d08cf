"""An erased person's events are refused at the door and, when they were on their way already, by the worker."""

import uuid

import pytest
from django.db import connection

from compliance.suppression import lift, suppress, suppressed
from profiles.history.shoppers import ensure_profiles
from tenants import vault
from tenants.crypto import blind_index

from .conftest import ago, event, viewed

pytestmark = pytest.mark.usefixtures("db")
REQUEST = uuid.uuid4()


@pytest.fixture
def blind(scope):
    return lambda value, kind="user_id": blind_index(scope.tenant_id, kind, value)


@pytest.fixture
def erased(scope, blind):
    """`erased("u1")`: as an erasure leaves it, the identifier refused and its key destroyed elsewhere."""

    def refuse(value, kind="user_id"):
        with connection.cursor() as cursor:
            suppress(cursor, scope.schema, [blind(value, kind)], request_id=REQUEST)
            cursor.execute("DELETE FROM public.tenants_personkey WHERE handle = %s", [blind(value, kind)])

    return refuse


def kept(rows):
    return [
        rows(f"SELECT count(*) FROM {{s}}.profiles_{table}")[0][0]
        for table in ("event", "eventqueue", "messagekey", "deadletter", "identifier")
    ]


def test_a_late_event_is_refused_and_counted(send, rows, erased):
    erased("u1")
    answer = send(viewed("u1"), viewed("u2")).json()
    assert (answer["accepted"], answer["suppressed"], answer["duplicates"]) == (1, 1, 0)
    assert kept(rows)[:3] == [1, 1, 1]


def test_a_remembered_key_does_not_open_the_door(send, process, rows, erased):
    send(viewed("u1"))  # this process knows the key now
    process()
    erased("u1")
    assert send(viewed("u1"), path="/v1/track").json()["suppressed"] == 1
    assert kept(rows)[1] == 0


def test_no_key_is_made_for_an_erased_visitor(send, scope, erased, blind):
    erased("a1", "anonymous_id")
    assert send(viewed("u2", anonymousId="a1")).json()["accepted"] == 1
    vault.forget_cached_keys()
    assert vault.existing_person_keys(scope.tenant_id, [blind("a1", "anonymous_id")]) == {}


def test_a_bad_event_of_an_erased_person_is_not_kept(send, rows, erased):
    erased("u1")
    assert send(event(userId="u1", event="")).json()["rejected"]
    assert kept(rows)[3] == 0


def test_what_was_on_its_way_is_dropped_by_the_worker(send, process, rows, shopper, erased):
    send(viewed("u1"), viewed("u2"))
    erased("u1")
    vault.forget_cached_keys()
    process()
    assert shopper("u1") is None
    assert kept(rows)[:3] == [1, 0, 1]


def test_the_worker_asks_although_it_remembers_the_key(send, process, rows, shopper, scope, erased, blind):
    send(viewed("u1"))
    with connection.cursor() as cursor:
        suppress(cursor, scope.schema, [blind("u1")], request_id=REQUEST)
    process()
    assert shopper("u1") is None
    assert kept(rows) == [0, 0, 0, 0, 0]


def test_somebody_elses_event_loses_only_the_erased_name(send, process, rows, shopper, erased):
    erased("a1", "anonymous_id")
    send(event("identify", userId="u2", anonymousId="a1"))
    process()
    assert shopper("u2")
    assert shopper("a1", "anonymous_id") is None


def test_history_makes_no_erased_shopper(scope, inside, erased):
    erased("u1")
    span = (ago(days=2), ago(days=1))
    assert set(ensure_profiles(scope, {"u1": span, "u2": span})) == {"u2"}


def test_a_lifted_suppression_lets_the_person_back(send, process, scope, shopper, erased):
    erased("u1")
    with connection.cursor() as cursor:
        assert lift(cursor, scope.schema, request_id=REQUEST) == 1
    assert send(viewed("u1")).json()["accepted"] == 1
    process()
    assert shopper("u1")


def test_suppression_is_the_tenants_own(scope, rival, erased, blind):
    erased("u1")
    with connection.cursor() as cursor:
        assert suppressed(cursor, scope.schema, [blind("u1")]) == {blind("u1")}
        assert suppressed(cursor, rival.schema_name, [blind("u1")]) == set()
        assert suppressed(cursor, scope.schema, []) == set()


def test_suppressing_twice_is_harmless(scope, erased, blind):
    erased("u1")
    with connection.cursor() as cursor:
        assert suppress(cursor, scope.schema, [blind("u1")], request_id=REQUEST) == 1


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track"])
def test_a_browser_does_not_learn_who_was_erased(send, rows, erased, publishable_key, path):
    erased("u1")
    gone, other = viewed("u1"), viewed("u2")
    for _ in range(2):  # nor by sending it twice
        answers = [send(e, key=publishable_key, path=path).json() for e in (gone, other)]
        assert answers[0] == answers[1]
        assert (answers[0]["accepted"], answers[0]["suppressed"]) == (1, 0)
    assert kept(rows)[:3] == [1, 1, 1]
