"""A history is opened in portions; one that is too long is said to be, and holds nothing up."""

import pytest

from profiles.identity import applying, settings, sorting, stored
from profiles.identity.models import IdentityChange, IdentityRules
from profiles.identity.unmerge import NotPossible, unmerge
from profiles.models import DeadLetter, Event, EventQueue
from tenants.crypto import blind_index
from tenants.db import tenant_connection

from ..conftest import event, viewed

VIEWS = 7


@pytest.fixture
def one(send, process):
    send(*(viewed(item=f"i{n}", anonymousId="a1") for n in range(VIEWS)), viewed("u1"))
    send(event("identify", userId="u1", anonymousId="a1", traits={"city": "Oslo"}))
    process()


@pytest.fixture
def visitor(scope):
    return blind_index(scope.tenant_id, "anonymous_id", "a1")


def views(profile):
    return sum(day.get("iv", 0) for day in profile.counters.values()), profile.interaction_set.count()


@pytest.mark.parametrize(("portion", "facts"), [(1, 1), (3, 2), (8, 8), (2_000, 20_000)])
def test_portions_of_any_size_make_the_same(one, scope, shopper, visitor, monkeypatch, portion, facts):
    monkeypatch.setattr(stored, "PORTION", portion)
    monkeypatch.setattr(stored, "FACTS", facts)
    opened, real = [], stored.decode

    def decode(scope, claimed):
        opened.append(len(claimed))
        return real(scope, claimed)

    monkeypatch.setattr(stored, "decode", decode)
    unmerge(scope, shopper("u1").pk, {visitor}, actor="owner")
    assert max(opened) <= portion
    assert (views(shopper("u1")), views(shopper("a1", "anonymous_id"))) == ((1, 1), (VIEWS, VIEWS))


def test_staff_is_told(one, scope, shopper, visitor, monkeypatch):
    monkeypatch.setattr(sorting, "MOST_EVENTS", 5)
    with pytest.raises(NotPossible, match="9 events or more"):
        unmerge(scope, shopper("u1").pk, {visitor}, actor="owner")
    assert views(shopper("u1")) == (VIEWS + 1, VIEWS + 1)
    assert shopper("a1", "anonymous_id") == shopper("u1")


def test_events_go_on_and_the_page_says_it(one, scope, shopper, send, process, monkeypatch):
    monkeypatch.setattr(sorting, "MOST_EVENTS", 5)
    known = shopper("u1")
    for _ in range(2):
        send(event("identify", userId="u2", anonymousId="a1", timestamp="2020-01-01T00:00:00Z"), viewed("u2"))
        process()
    with tenant_connection(scope.schema):
        assert not EventQueue.objects.exists()
        assert not DeadLetter.objects.exists()
        left = IdentityChange.objects.get(what="left", kept_id=known.pk)
        assert left.facts["events"] >= VIEWS
    assert views(shopper("u2"))[0] >= 2
    assert shopper("a1", "anonymous_id") == shopper("u2")


def test_changed_rules_pass_it_by(one, scope, shopper, monkeypatch):
    monkeypatch.setattr(sorting, "MOST_EVENTS", 5)
    with tenant_connection(scope.schema):
        wanted = settings.checked(settings.Wanted({}, ("a1",)))
        settings.save(scope, settings.document(scope, wanted, ["anonymous_id"]), actor="user:1")
        while applying.run_turn(scope):
            pass
        row = IdentityRules.objects.get()
        assert (row.held_up, row.separated, row.applied_version) == (1, 0, 1)
        assert IdentityChange.objects.filter(what="left").exists()
        assert Event.objects.filter(profile_id=shopper("u1").pk).count() == VIEWS + 2
