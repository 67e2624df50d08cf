"""An event that breaks processing is set aside; its neighbours are processed."""

import pytest

from profiles.dead_letters import CannotReplay, discard, replay
from profiles.models import DeadLetter
from profiles.processing.batches import run_once
from profiles.processing.isolate import Stalled
from tenants.db import tenant_connection

from .conftest import viewed


def breaks_on_poison(scope, batch):
    """A subscriber that can't stand the item “poison”."""
    from catalog.models import Item

    if Item.objects.filter(external_id="poison", pk__in=batch.item_pk.tolist()).exists():
        raise RuntimeError("poison")


def always_broken(scope, batch):
    raise RuntimeError("ours")


@pytest.fixture
def poisoned(settings):
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.breaks_on_poison"]


@pytest.mark.usefixtures("poisoned")
def test_only_the_poison_is_set_aside(send, process, scope, rows):
    send(viewed("u1", "i1"), viewed("u1", "poison"), viewed("u1", "i2"), viewed("u2", "i3"))
    assert process() == 4
    items = rows(
        "SELECT i.external_id FROM {s}.profiles_interaction f JOIN {s}.catalog_item i ON i.id = f.item_id ORDER BY f.id"
    )
    assert [name for (name,) in items] == ["i1", "i2", "i3"]
    with tenant_connection(scope.schema):
        letter = DeadLetter.objects.get()
    assert (letter.reason, letter.attempts, letter.detail) == ("processing_failed", 1, "RuntimeError: poison")


@pytest.mark.usefixtures("poisoned")
def test_it_can_be_replayed_once_the_fault_is_mended(send, process, scope, settings, shopper):
    send(viewed("u1", "poison"))
    process()
    settings.EVENT_SUBSCRIBERS = []
    with tenant_connection(scope.schema):
        letter = DeadLetter.objects.get()
        replay(scope, letter, actor="user:1")
        with pytest.raises(CannotReplay):
            replay(scope, letter, actor="user:1")
    assert process() == 1
    assert shopper("u1") is not None
    with tenant_connection(scope.schema):
        assert DeadLetter.objects.get().status == "replayed"


def test_a_refused_event_can_be_mended_and_replayed(send, process, scope, shopper):
    send({"type": "page", "messageId": "x"})
    with tenant_connection(scope.schema):
        letter = DeadLetter.objects.get()
        with pytest.raises(CannotReplay, match="userId"):
            replay(scope, letter, actor="user:1")
        replay(scope, letter, actor="user:1", mended=b'{"type": "page", "messageId": "x", "userId": "u1"}')
    assert process() == 1
    assert shopper("u1") is not None


def test_a_discarded_letter_stays_away(send, scope):
    send({"type": "page", "messageId": "x"})
    with tenant_connection(scope.schema):
        letter = DeadLetter.objects.get()
        discard(letter, actor="user:1")
        with pytest.raises(CannotReplay):
            replay(scope, letter, actor="user:1")


def test_an_item_id_that_fits_nowhere(send, process, scope):
    send(viewed("u1", "x" * 101), viewed("u1", "ok"))
    assert process() == 2
    with tenant_connection(scope.schema):
        assert DeadLetter.objects.get().reason == "invalid_event"


def test_a_fault_of_ours_stops_instead_of_setting_everything_aside(send, scope, settings, rows):
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.always_broken"]
    send(*(viewed(f"u{n}") for n in range(100)))
    with tenant_connection(scope.schema):
        for _ in range(2):
            with pytest.raises(Stalled):
                run_once(scope, limit=500)
    assert rows("SELECT count(*) FROM {s}.profiles_eventqueue") == [(100,)]
    assert rows("SELECT count(*) FROM {s}.profiles_deadletter") == [(0,)]
    settings.EVENT_SUBSCRIBERS = []
    with tenant_connection(scope.schema):
        assert run_once(scope) + run_once(scope) == 100


def test_events_of_an_erased_person_are_dropped(send, process, scope, rows):
    from tenants import vault
    from tenants.crypto import blind_index

    send(viewed("u1"), viewed("u2"))
    vault.destroy_person_keys(scope.tenant_id, [blind_index(scope.tenant_id, "user_id", "u1")])
    assert process() == 2
    assert rows("SELECT count(*) FROM {s}.profiles_profile") == [(1,)]
