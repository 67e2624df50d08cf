"""How many events arrived, by name and by what became of them."""

from __future__ import annotations

from profiles.arrivals import tallies
from profiles.arrivals.outcomes import BOTS, DUPLICATE, REFUSED, TAKEN
from profiles.models import EventCount, EventTally
from tenants.db import tenant_connection

from ..conftest import event, viewed


def test_each_outcome_is_counted_once(send, process, counted):
    first = viewed("u1")
    send(
        first, viewed("u1", "i2"), {"type": "track", "userId": "u1"}, event("page", userId="u1", name="Home")
    )
    send(first, viewed("u2", context={"userAgent": "Googlebot/2.1"}))
    process()
    assert counted() == {
        ("Product Viewed", TAKEN): 2,
        ("", TAKEN): 1,
        ("Product Viewed", BOTS): 1,
        ("", REFUSED): 1,
        ("", DUPLICATE): 1,
    }


def test_folding_twice_adds_nothing(send, process, counted, scope):
    send(viewed("u1"))
    process()
    assert counted() == counted() == {("Product Viewed", TAKEN): 1}
    with tenant_connection(scope.schema):
        assert EventTally.objects.count() == 0


def test_a_later_batch_adds_to_the_hour(send, process, counted):
    for _ in range(3):
        send(viewed("u1"))
        process()
        total = counted()
    assert total == {("Product Viewed", TAKEN): 3}


def test_a_batch_that_is_rolled_back_is_not_counted(send, scope, settings, rows):
    import pytest

    from profiles.processing.batches import Stalled, run_once

    settings.EVENT_SUBSCRIBERS = [f"{__name__}.broken"]
    send(*(viewed(f"u{n}") for n in range(100)))
    with tenant_connection(scope.schema), pytest.raises(Stalled):
        run_once(scope, limit=500)
    assert rows("SELECT count(*) FROM {s}.profiles_eventtally") == [(0,)]


def broken(scope, batch):
    raise RuntimeError("ours")


def test_an_address_in_a_name_is_not_kept(send, process, counted):
    send(event(event="Welcome jane@shop.example", userId="u1"))
    process()
    assert all("jane" not in name for name, _ in counted())


def test_too_many_names_are_counted_together(send, process, counted, monkeypatch):
    monkeypatch.setattr(tallies, "MOST_NAMES", 2)
    send(event(event="A", userId="u1"), event(event="B", userId="u1"))
    process()
    counted()
    send(event(event="A", userId="u1"), event(event="C", userId="u1"))
    process()
    assert counted() == {("A", TAKEN): 2, ("B", TAKEN): 1, ("", TAKEN): 1}


def test_the_rivals_counts_are_its_own(send, process, counted, rival):
    send(viewed("u1"))
    process()
    counted()
    with tenant_connection(rival.schema_name):
        assert EventCount.objects.count() == 0
