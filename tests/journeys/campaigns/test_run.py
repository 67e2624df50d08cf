"""A campaign reaches everybody in its audience, at its pace, and nobody twice."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from journeys.campaigns import run, services
from journeys.delivery.run import deliver_once
from journeys.models import CampaignMember, InboxMessage, Message
from profiles.models import Profile, SegmentMember
from tenants.db import tenant_connection

from .conftest import states, status, written


def waits(scope, queue) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM public.tenants_due WHERE tenant_id = %s AND queue = %s",
            [scope.tenant_id, queue],
        )
        return cursor.fetchone()[0] > 0


def test_everybody_is_written_to_once_and_it_is_done(scope, audience, campaign, steps):
    people, mine = audience(7, refusing=2, silent=1), campaign()
    services.start(scope, mine, actor="test")
    # Time stands still for the database within the test's transaction, so that it would not find the row due yet.
    assert waits(scope, "campaigns")
    steps()
    assert (status(mine), states(mine), written(mine)) == ("done", {"handed over": 7}, 7)
    while deliver_once(scope):
        pass
    fates = dict(Message.objects.filter(campaign_id=mine.pk).values_list("profile_id", "reason"))
    assert [fates[people[u]] for u in ("u0", "u1", "u6")] == [
        "no e-mail address is known", "", "no consent to marketing by e-mail",
    ]  # fmt: skip
    assert InboxMessage.objects.count() == 4
    assert steps() == 0


def test_a_throttled_campaign_keeps_its_pace(scope, audience, campaign, steps):
    audience(20)
    mine = campaign(per_minute=60)
    services.start(scope, mine, actor="test")
    steps()
    assert written(mine) == 2  # two seconds' worth
    for second, so_far in ((1, 2), (2, 4), (3, 4), (4, 6)):
        steps(seconds=second + 0.5)
        assert written(mine) == so_far
    steps(seconds=3600)
    # An hour away is not made up for: what it owes for the last two seconds, and its turn.
    assert written(mine) == 10


def test_who_cannot_be_written_to_uses_up_nothing_of_the_pace(scope, audience, campaign, steps):
    people = audience(12, refusing=4, silent=4)
    able = [people[f"u{n}"] for n in range(4, 8)]
    mine = campaign(per_minute=60)
    services.start(scope, mine, actor="test")
    # The pace for all twelve would last twelve seconds; for the four it lasts four.
    for half in range(10):
        steps(seconds=half / 2)
        told = Message.objects.filter(campaign_id=mine.pk, profile_id__in=able).count()
        assert told <= half / 2 + 2
    assert (status(mine), written(mine)) == ("done", 12)


def test_it_waits_for_its_time(scope, audience, campaign, steps):
    audience(2)
    mine = campaign(starts_at=timezone.now() + dt.timedelta(hours=2))
    services.start(scope, mine, actor="test")
    assert (status(mine), steps()) == ("scheduled", 0)
    steps(hours=3)
    assert (status(mine), written(mine)) == ("done", 2)


def test_paused_nothing_leaves_and_resumed_the_rest_does(scope, audience, campaign, steps):
    audience(6)
    mine = campaign(per_minute=60)
    services.start(scope, mine, actor="test")
    steps()
    services.pause(mine, actor="test")
    assert steps(hours=1) == 0
    while deliver_once(scope):
        pass
    waiting = Message.objects.filter(campaign_id=mine.pk)
    assert {(m.state, m.reason) for m in waiting} == {("delayed", "the campaign is paused")}
    services.resume(scope, mine, actor="test")
    for second in range(30):
        steps(seconds=second)
    Message.objects.filter(state="queued").update(due_at=timezone.now())
    while deliver_once(scope):
        pass
    assert (status(mine), sorted(waiting.values_list("state", flat=True))) == ("done", ["sent"] * 6)


def test_cancelled_it_takes_back_what_has_not_left(scope, audience, campaign, steps):
    audience(6)
    mine = campaign(per_minute=60)
    services.start(scope, mine, actor="test")
    steps()
    out = written(mine)
    services.cancel(mine, actor="test")
    while deliver_once(scope):
        pass
    assert (steps(hours=1), written(mine), InboxMessage.objects.count()) == (0, out, 0)
    assert set(Message.objects.values_list("state", "reason")) == {("skipped", "the campaign was cancelled")}
    assert states(mine) == {"handed over": out, "not sent: the campaign was cancelled": 6 - out}


def test_who_left_the_segment_meanwhile_is_left_out(scope, audience, campaign, steps):
    people = audience(3)
    mine = campaign()
    services.start(scope, mine, actor="test")
    steps(most=1)  # the audience is written down
    SegmentMember.objects.filter(profile_id=people["u1"]).delete()
    Profile.objects.filter(pk=people["u2"]).delete()
    steps()
    assert states(mine) == {"handed over": 1, "no longer in the segment": 2}
    assert Message.objects.get(campaign_id=mine.pk).profile_id == people["u0"]


def test_the_holdout_gets_nothing_and_is_the_same_each_time(scope, audience, campaign, steps):
    audience(60)
    mine = campaign(holdout=50)
    services.start(scope, mine, actor="test")
    steps()
    held = states(mine)["held out"]
    assert 15 < held < 45
    assert written(mine) == 60 - held
    assert not Message.objects.filter(
        profile_id__in=CampaignMember.objects.filter(state=CampaignMember.State.HELD_OUT).values("profile_id")
    ).exists()


def test_two_workers_and_a_second_run_write_to_nobody_twice(scope, audience, campaign, steps):
    audience(5)
    mine = campaign()
    services.start(scope, mine, actor="test")
    steps()
    # As if a worker had died before it wrote down whom it had handed over.
    CampaignMember.objects.update(state=CampaignMember.State.WAITING)
    mine.refresh_from_db()
    mine.status, mine.next_at = "running", timezone.now()
    mine.save()
    steps()
    assert written(mine) == 5


def test_the_neighbours_workers_see_nothing_of_it(scope, rival, audience, campaign, steps):
    from tenants import keyring

    audience(2)
    services.start(scope, campaign(), actor="test")
    with tenant_connection(rival.schema_name):
        assert not run.run_once(keyring.scope_of_tenant(rival))
        assert not Message.objects.exists()


@pytest.mark.parametrize("first_waits", [True, False])
def test_merged_shoppers_get_it_once(scope, audience, campaign, steps, cursor_of, first_waits):
    from journeys.intake.merging import merge

    people = audience(2)
    mine = campaign()
    services.start(scope, mine, actor="test")
    steps(most=1)
    sent = people["u1" if first_waits else "u0"]
    CampaignMember.objects.filter(profile_id=sent).update(state=CampaignMember.State.HANDED_OVER)
    merge(cursor_of, scope.schema, [(people["u0"], people["u1"])], timezone.now())
    [member] = CampaignMember.objects.filter(campaign=mine)
    assert (member.profile_id, member.get_state_display()) == (people["u1"], "handed over")
    steps()
    assert written(mine) == 0


def test_it_puts_no_more_into_the_outbox_than_leaves_it(scope, audience, campaign, steps, monkeypatch):
    monkeypatch.setattr(run, "MOST_WAITING", 4)
    monkeypatch.setattr(run, "HANDED_AT_ONCE", 2)
    audience(9)
    mine = campaign()
    services.start(scope, mine, actor="test")
    steps()
    assert (status(mine), written(mine)) == ("running", 4)
    assert steps(seconds=1) == 0
    steps(seconds=6)
    assert written(mine) == 4
    while deliver_once(scope):
        pass
    steps(seconds=60)
    assert written(mine) == 8


def test_what_quiet_hours_put_off_keeps_nobody_waiting(scope, audience, campaign, steps, monkeypatch):
    monkeypatch.setattr(run, "MOST_WAITING", 4)
    monkeypatch.setattr(run, "HANDED_AT_ONCE", 2)
    audience(9)
    mine = campaign()
    services.start(scope, mine, actor="test")
    steps()
    Message.objects.update(state="delayed", due_at=timezone.now() + dt.timedelta(hours=8))
    steps(seconds=60)
    assert written(mine) == 8
