"""Two who take the same shoppers apart at one time: each word counts once, nobody waits for ever, the end is the same."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from profiles.identity.models import Cut
from profiles.identity.regroup import Busy
from profiles.identity.unmerge import NotPossible, unmerge
from profiles.models import Profile
from profiles.processing.batches import run_once
from tenants.crypto import blind_index
from tenants.db import tenant_connection

from ..conftest import event, viewed

pytestmark = pytest.mark.usefixtures("committed")
VISITORS = [f"a{n}" for n in range(4)]


@pytest.fixture
def one(send, process):
    for visitor in VISITORS:
        send(viewed(anonymousId=visitor), event("identify", userId="u1", anonymousId=visitor))
    send(viewed("u1"))
    process()


def together(*works):
    """Run them at once, each on a connection of its own; what they raised."""
    start, raised = threading.Barrier(len(works)), []

    def run(work):
        try:
            start.wait(10)
            work()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return raised


def views(profile):
    return sum(day.get("iv", 0) for day in profile.counters.values()), profile.interaction_set.count()


def test_two_colleagues_separate_the_same_visitor(one, scope, shopper):
    known = shopper("u1").pk
    names = {blind_index(scope.tenant_id, "anonymous_id", "a0")}
    work = lambda: unmerge(scope, known, names, actor="owner")  # noqa: E731
    raised = together(work, work)
    assert all(isinstance(error, Busy | NotPossible) for error in raised), raised
    assert len(raised) == 1
    with tenant_connection(scope.schema):
        assert Profile.objects.count() == 2
        assert Cut.objects.count() == 1
    assert views(shopper("a0", "anonymous_id")) == (1, 1)


def test_several_visitors_at_once_beside_workers(one, scope, shopper, send):
    known = shopper("u1").pk
    names = {v: blind_index(scope.tenant_id, "anonymous_id", v) for v in VISITORS[:2]}
    for number in range(30):
        send(viewed(anonymousId=VISITORS[number % 4]), viewed("u1"))

    def separate(visitor):
        for _ in range(50):
            try:
                return unmerge(scope, known, {names[visitor]}, actor="owner")
            except Busy:
                continue
        raise AssertionError("always busy")

    def work():
        with tenant_connection(scope.schema):
            while run_once(scope, limit=3):
                pass

    raised = together(lambda: separate("a0"), lambda: separate("a1"), work, work)
    assert raised == []
    with tenant_connection(scope.schema):
        while run_once(scope):
            pass
        assert Profile.objects.count() == 3
    counted = {v: views(shopper(v, "anonymous_id")) for v in VISITORS}
    assert counted["a0"] == (9, 9)
    assert counted["a1"] == (9, 9)
    assert views(shopper("u1")) == (1 + 30 + 16, 47)


def test_two_workers_split_one_cluster(one, scope, shopper, send):
    """Earlier words, heard late, give each visitor to u2; the workers take them one by one."""
    send(viewed("u2"))
    for visitor in VISITORS:
        send(
            event("identify", userId="u2", anonymousId=visitor, timestamp="2020-01-01T00:00:00Z"),
            viewed("u1"),
        )

    def work():
        with tenant_connection(scope.schema):
            while run_once(scope, limit=1):
                pass

    assert together(work, work, work) == []
    with tenant_connection(scope.schema):
        while run_once(scope):
            pass
        assert Profile.objects.count() == 2
    assert {shopper(v, "anonymous_id").pk for v in VISITORS} == {shopper("u2").pk}
    assert (views(shopper("u1")), views(shopper("u2"))) == ((5, 5), (5, 5))
