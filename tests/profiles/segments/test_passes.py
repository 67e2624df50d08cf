"""Everybody is judged again when the definition or the day changes, and a pass that was killed goes on."""

import datetime as dt

import pytest

from profiles.models import Segment
from profiles.segments import judging, moments, passes, recompute, services
from profiles.segments.definition import BadDefinition
from profiles.segments.forms import BadSegment, SegmentForm
from profiles.segments.models import SegmentMember
from tenants.db import tenant_connection
from tenants.due import due_tenants

from ...profiles.conftest import viewed
from .conftest import act, all_of, heard, in_segment


def changed(scope, segment, definition):
    with tenant_connection(scope.schema):
        return services.change_segment(scope, segment, SegmentForm(segment.name, definition), actor="test")


@pytest.fixture
def viewers(send, process, shopper):
    """u1 looked once, u2 twice, u3 three times."""
    send(*[viewed(f"u{n}") for n in (1, 2, 3) for _ in range(n)])
    process()
    return {n: shopper(f"u{n}").pk for n in (1, 2, 3)}


def test_going_live_lets_everybody_enter_and_tells(streaming, viewers, live, members, scope):
    keen = live("Keen", all_of(act("viewed", value=2)))
    assert members(keen) == {viewers[2], viewers[3]}
    assert {(c.profile_id, c.entered, c.redefined) for c in heard} == {
        (viewers[n], True, True) for n in (2, 3)
    }
    with tenant_connection(scope.schema):
        keen.refresh_from_db()
    assert (keen.members, keen.error, keen.computed_revision) == (2, "", keen.revision)
    assert keen.computed_at is not None


def test_a_changed_definition_moves_only_whom_it_concerns(
    streaming, viewers, live, members, scope, pass_over
):
    keen = live("Keen", all_of(act("viewed", value=2)))
    heard.clear()
    changed(scope, keen, all_of(act("viewed", value=3)))
    pass_over()
    assert members(keen) == {viewers[3]}
    assert [(c.profile_id, c.entered) for c in heard] == [(viewers[2], False)]


def test_segments_defined_by_a_changed_one_follow(streaming, viewers, live, members, scope, pass_over):
    keen = live("Keen", all_of(act("viewed", value=2)))
    both = live("Both", all_of(in_segment("keen"), act("viewed")))
    changed(scope, keen, all_of(act("viewed", value=3)))
    pass_over()
    assert members(both) == {viewers[3]}


def test_the_next_day_moves_who_falls_out_of_a_window(
    streaming, viewers, live, members, scope, pass_over, monkeypatch
):
    fresh = live("Fresh", all_of(act("viewed", days=1)))
    steady = live("Steady", all_of(act("viewed", days=None)))
    tomorrow = moments.today() + 1
    for module in ("moments", "writing", "passes"):
        monkeypatch.setattr(f"profiles.segments.{module}.today", lambda *_: tomorrow)
    heard.clear()
    pass_over()
    assert (members(fresh), members(steady)) == (set(), set(viewers.values()))
    assert {(c.segment_key, c.entered) for c in heard} == {("fresh", False)}
    with tenant_connection(scope.schema):
        fresh.refresh_from_db()
        steady.refresh_from_db()
    assert (fresh.computed_on, steady.computed_on) == (moments.day_of(tomorrow), moments.day_of(tomorrow - 1))


def test_a_pass_marks_the_night_after_it(viewers, live, scope):
    live("Fresh", all_of(act("viewed", days=1)))
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT at FROM public.tenants_due WHERE queue = 'segments' AND at > now()")
        [(at,)] = cursor.fetchall()
    assert at == moments.next_pass(moments.today()).replace(microsecond=0)
    assert dt.time(0, 0, 15) < at.astimezone(dt.UTC).time() < dt.time(0, 1)


def test_a_pass_goes_on_where_it_was_stopped(
    streaming, viewers, live, members, scope, monkeypatch, pass_over
):
    keen = live("Keen", all_of(act("viewed", value=2)), draft=True)
    monkeypatch.setattr(passes, "CHUNK", 1)
    with tenant_connection(scope.schema):
        services.go_live(scope, keen, actor="test")
        written = []
        settle = passes.settle

        def dying(*args, **kwargs):
            if written:
                raise SystemExit
            written.append(1)
            return settle(*args, **kwargs)

        monkeypatch.setattr(passes, "settle", dying)
        with pytest.raises(SystemExit):
            recompute.run_turn(scope)
        keen.refresh_from_db()
        assert keen.cursor == viewers[2]
        monkeypatch.setattr(passes, "settle", settle)
    pass_over()
    assert members(keen) == {viewers[2], viewers[3]}
    assert len(heard) == 2


def test_what_cannot_be_computed_says_why_and_the_others_go_on(
    streaming, viewers, live, members, scope, pass_over
):
    odd = live("Odd", all_of(act("viewed")))
    keen = live("Keen", all_of(act("viewed", value=2)))
    with tenant_connection(scope.schema):
        bad = all_of({"type": "feature", "feature": "gone", "op": "known"})
        Segment.objects.filter(pk=odd.pk).update(definition=bad, revision=99)
        Segment.objects.filter(pk=keen.pk).update(definition=all_of(act("viewed", value=3)), revision=99)
    pass_over()
    assert members(keen) == {viewers[3]}
    with tenant_connection(scope.schema):
        odd.refresh_from_db()
    assert "gone" in odd.error
    assert members(odd) == set(viewers.values())


def test_a_first_pass_that_failed_half_way_is_finished_the_next_day_as_if_it_had_not(
    streaming, viewers, live, members, scope, monkeypatch, pass_over
):
    keen = live("Keen", all_of(act("viewed")), draft=True)
    monkeypatch.setattr(passes, "CHUNK", 1)
    differing = passes._differing

    def failing(cursor, schema, pending, until):
        if pending.cursor:
            raise ValueError("a limit was hit")
        return differing(cursor, schema, pending, until)

    monkeypatch.setattr(passes, "_differing", failing)
    with tenant_connection(scope.schema):
        services.go_live(scope, keen, actor="test")
    pass_over()  # ends, so it isn't tried over and over
    with tenant_connection(scope.schema):
        keen.refresh_from_db()
    assert (keen.error, keen.under_way, len(members(keen))) == ("a limit was hit", False, 1)

    monkeypatch.setattr(passes, "_differing", differing)
    tomorrow = moments.today() + 1
    for module in ("moments", "writing", "passes"):
        monkeypatch.setattr(f"profiles.segments.{module}.today", lambda *_: tomorrow)
    pass_over()
    assert members(keen) == set(viewers.values())
    assert [(change.entered, change.redefined) for change in heard] == [(True, True)] * 3
    with tenant_connection(scope.schema):
        keen.refresh_from_db()
    assert (keen.error, keen.computed_revision) == ("", keen.revision)


def test_a_mended_definition_is_tried_at_once(streaming, viewers, live, members, scope, pass_over):
    odd = live("Odd", all_of(act("viewed")))
    bad = all_of({"type": "feature", "feature": "gone", "op": "known"})
    with tenant_connection(scope.schema):
        Segment.objects.filter(pk=odd.pk).update(definition=bad, revision=99)
    pass_over()
    changed(scope, odd, all_of(act("viewed", value=3)))
    with tenant_connection(scope.schema):
        # A batch between the change and the pass may note a reason of its own.
        Segment.objects.filter(pk=odd.pk).update(error="It takes too long to be judged for each event.")
    pass_over()
    assert members(odd) == {viewers[3]}


def test_archiving_empties_it_without_telling_and_restoring_makes_a_draft(
    streaming, viewers, live, members, scope, pass_over
):
    keen = live("Keen", all_of(act("viewed")))
    heard.clear()
    with tenant_connection(scope.schema):
        services.archive(scope, keen, actor="test")
    pass_over()
    assert members(keen) == set()
    assert heard == []
    with tenant_connection(scope.schema):
        assert not SegmentMember.objects.exists()
        assert services.restore(scope, keen, actor="test").status == "draft"


def test_a_segment_in_use_is_not_archived(streaming, live, scope):
    keen = live("Keen", all_of(act("viewed")))
    live("Both", all_of(in_segment("keen")))
    with tenant_connection(scope.schema), pytest.raises(BadSegment, match="segment “Both”"):
        services.archive(scope, keen, actor="test")


def test_a_live_segment_takes_no_definition_with_gaps(streaming, live, scope):
    keen = live("Keen", all_of(act("viewed")))
    with pytest.raises(BadDefinition, match="Choose a feature"):
        changed(scope, keen, all_of({"type": "feature"}))
    with pytest.raises(BadDefinition, match="at least one condition"):
        changed(scope, keen, all_of())


def test_an_import_has_everybody_judged_again(streaming, viewers, live, members, scope, pass_over):
    keen = live("Keen", all_of(act("viewed", value=2)))
    with tenant_connection(scope.schema):
        SegmentMember.objects.all().delete()
        judging.judge_everybody(scope)
    assert (scope.tenant_id, scope.schema) in due_tenants("segments")
    pass_over()
    assert members(keen) == {viewers[2], viewers[3]}
