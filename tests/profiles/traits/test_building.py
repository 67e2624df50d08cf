"""What came before is computed in portions: of people with long histories, of unreadable ones, by several workers."""

import pytest
from django.db import connection, transaction

from profiles.models import BuildPortion, BuildRun, BuildSkip, Event
from profiles.segments import recompute
from profiles.traits import building, portions
from profiles.traits.models import Aggregate
from profiles.traits.progress import left_out, progress_of
from tenants.db import tenant_connection

from ..conftest import event, viewed

SHARES = {"event": "Wishlist Shared"}
VIEWS = {"source": "act", "act": "viewed"}


def shared(user):
    return event(event="Wishlist Shared", userId=user)


def all_done():
    return not (BuildRun.objects.exists() or BuildPortion.objects.exists())


@pytest.mark.parametrize("definition", [SHARES, VIEWS])
def test_a_long_history_counts_with_what_comes_while_it_is_read(
    trait, value, send, process, shopper, scope, pass_over, monkeypatch, definition
):
    send(*[shared("u1") for _ in range(5)], *[viewed("u1") for _ in range(5)], shared("u2"), viewed("u2"))
    process()
    monkeypatch.setattr(building, "LONG", -1)
    made = trait("Mine", **definition, built=False)
    read = building.Draft.read

    def reading(self, cursor, scope):
        read(self, cursor, scope)
        if not Late.came:
            Late.came = True
            send(shared("u1"), viewed("u1"))
            process()

    class Late:
        came = False

    monkeypatch.setattr(building.Draft, "read", reading)
    pass_over()
    assert Late.came
    assert (value(made, shopper("u1")), value(made, shopper("u2"))) == (6, 1)
    with tenant_connection(scope.schema):
        assert all_done()


def test_what_went_while_it_was_read_is_not_counted(
    trait, value, send, process, shopper, scope, pass_over, monkeypatch
):
    send(*[shared("u1") for _ in range(3)])
    process()
    monkeypatch.setattr(building, "LONG", 0)
    made = trait("Mine", **SHARES, built=False)
    read, gone = building.Draft.read, []

    def reading(self, cursor, scope):
        read(self, cursor, scope)
        if not gone:
            first = Event.objects.filter(profile_id=shopper("u1").pk).order_by("id").first()
            gone.append(first)
            Event.objects.filter(pk=first.pk).delete()

    monkeypatch.setattr(building.Draft, "read", reading)
    pass_over()
    assert gone
    assert value(made, shopper("u1")) == 2


def test_too_long_a_history_is_left_out_and_said(
    trait, value, send, process, shopper, scope, pass_over, monkeypatch
):
    send(*[shared("u1") for _ in range(4)], shared("u2"))
    process()
    monkeypatch.setattr(building, "LONG", 2)
    monkeypatch.setattr(building, "TOO_LONG", 3)
    made = trait("Mine", **SHARES)
    send(shared("u1"))
    process()
    assert (value(made, shopper("u1")), value(made, shopper("u2"))) == (1, 1)
    with tenant_connection(scope.schema):
        [(profile, why)] = left_out(made.aggregate_id)
    assert (profile.pk, "more than are read back" in why) == (shopper("u1").pk, True)


def test_who_cannot_be_read_is_left_out_and_the_others_go_on(
    trait, value, send, process, shopper, scope, monkeypatch
):
    send(shared("u1"), shared("u2"), shared("u3"))
    process()
    bad = shopper("u2").pk
    rebuild = building.rebuild_states

    def poisoned(cursor, scope, profile_ids, measures, today):
        if bad in profile_ids:
            raise ValueError("poison")
        rebuild(cursor, scope, profile_ids, measures, today)

    monkeypatch.setattr(building, "rebuild_states", poisoned)
    made = trait("Mine", **SHARES)
    assert (value(made, shopper("u1")), value(made, shopper("u3"))) == (1, 1)
    with tenant_connection(scope.schema):
        assert list(BuildSkip.objects.values_list("profile_id", flat=True)) == [bad]
        assert all_done()


def test_portions_end_and_show_how_far_they_are(trait, send, process, shopper, scope, cursor, monkeypatch):
    send(*[shared(f"u{n}") for n in range(6)])
    process()
    monkeypatch.setattr(portions, "SHOPPERS", 2)
    with tenant_connection(scope.schema):
        made = trait("Mine", **SHARES, built=False)
        portions.plan(cursor, scope.schema)
        assert BuildPortion.objects.count() == 3
        assert building._one(cursor, scope)
        found = progress_of([made.aggregate_id])
        assert (found.share, found.minutes) == (33, None)
        while recompute.run_turn(scope):
            pass
        assert progress_of([made.aggregate_id]) is None


def test_another_worker_takes_another_portion_and_nobody_calls_it_done_meanwhile(
    committed, trait, value, send, process, shopper, scope, monkeypatch
):
    """A second session holds the first portion, as another worker would."""
    import psycopg

    send(*[shared(f"u{n}") for n in range(4)])
    process()
    monkeypatch.setattr(portions, "SHOPPERS", 2)
    with tenant_connection(scope.schema):
        made = trait("Mine", **SHARES, built=False)
        with psycopg.Cursor(connection.connection) as cursor:
            portions.plan(cursor, scope.schema)
        other = psycopg.connect(
            **{
                k: v
                for k, v in connection.get_connection_params().items()
                if k in ("host", "port", "dbname", "user", "password")
            }
        )
        with other, other.transaction(), other.cursor() as theirs:
            theirs.execute(
                f'SELECT 1 FROM "{scope.schema}".profiles_buildportion ORDER BY id LIMIT 1 FOR UPDATE'
            )
            assert recompute.run_turn(scope)
            assert Aggregate.objects.get(pk=made.aggregate_id).status == "building"
            assert BuildPortion.objects.count() == 1
        while recompute.run_turn(scope):
            pass
        assert Aggregate.objects.get(pk=made.aggregate_id).status == "ready"
    assert [value(made, shopper(f"u{n}")) for n in range(4)] == [1] * 4


def test_a_run_that_is_computed_again_meanwhile_ends_with_both(
    trait, value, send, process, shopper, scope, cursor, pass_over
):
    from profiles.traits.services import build_again

    send(viewed("u1"), viewed("u2"))
    process()
    made = trait("Mine", **VIEWS, built=False)
    with tenant_connection(scope.schema), transaction.atomic():
        portions.plan(cursor, scope.schema)
        build_again(scope)
    pass_over()
    assert value(made, shopper("u1")) == 1
    with tenant_connection(scope.schema):
        assert all_done()
