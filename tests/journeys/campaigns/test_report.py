"""What a report counts, and the numbers that are reviewed before a start."""

import datetime as dt

import pytest
from django.utils import timezone

from catalog.models import Item
from experiments.stats.compare import compare
from experiments.stats.statistics import Mean
from journeys.campaigns import services
from journeys.campaigns.audience import audience_of
from journeys.campaigns.report import report
from journeys.delivery.run import deliver_once
from journeys.models import CampaignMember, Message
from profiles.models import Interaction

from .conftest import states


@pytest.fixture
def buy(inside):
    item = Item.objects.create(external_id="i1", title="Tea")

    def act(profile_id, hours, value=10.0, kind=3):
        at = timezone.now() + dt.timedelta(hours=hours)
        Interaction.objects.create(profile_id=profile_id, item=item, kind=kind, at=at, value=value)

    return act


def test_the_review_says_who_is_reached_and_who_is_not(scope, audience, campaign):
    audience(40, refusing=10, silent=4)
    found = audience_of(scope.schema, campaign())
    assert (found.size, found.no_consent, found.no_address, found.held_out, found.reached, found.exact) == (
        40, 10, 4, 0, 26, True,
    )  # fmt: skip
    split = audience_of(scope.schema, campaign(holdout=50))
    assert split.held_out > 8
    assert split.size == split.no_consent + split.no_address + split.held_out + split.reached


def test_the_review_and_the_run_hold_the_same_people_out(scope, audience, campaign, steps):
    audience(50)
    mine = campaign(holdout=30)
    said = audience_of(scope.schema, mine).held_out
    services.start(scope, mine, actor="test")
    steps()
    assert states(mine)["held out"] == said


def test_a_large_audience_is_estimated(scope, audience, campaign, monkeypatch):
    monkeypatch.setattr("journeys.campaigns.audience.ASKED", 100)
    audience(400, refusing=100)
    found = audience_of(scope.schema, campaign())
    assert (found.size, found.exact) == (400, False)
    assert 50 < found.no_consent < 160


def test_fates_reasons_and_goals_are_counted(scope, audience, campaign, steps, buy):
    people = audience(5, refusing=1, silent=1)
    mine = campaign(goal_hours=24)
    services.start(scope, mine, actor="test")
    steps()
    while deliver_once(scope):
        pass
    buy(people["u1"], 1, 12.0)
    buy(people["u1"], 2, 3.0)
    buy(people["u2"], 25)  # too late
    buy(people["u3"], -1)  # before
    buy(people["u0"], 1)  # got nothing
    Message.objects.filter(profile_id=people["u1"]).update(
        opened_at=timezone.now(), clicked_at=timezone.now()
    )
    found = report(mine)
    assert (found.audience, found.sent, found.skipped, found.waiting, found.done_share) == (5, 3, 2, 0, 100)
    assert (found.opened, found.clicked, found.unsubscribed, found.goals, found.revenue) == (1, 1, 0, 1, 15.0)
    assert {(state, why) for state, why, _ in found.reasons} == {
        ("Skipped", "no e-mail address is known"), ("Skipped", "no consent to marketing by e-mail"),
    }  # fmt: skip
    assert found.treated is None


def test_the_holdout_is_compared_with_everybody_who_was_meant_to_get_it(
    scope, audience, campaign, steps, buy
):
    audience(80)
    mine = campaign(holdout=50)
    services.start(scope, mine, actor="test")
    steps()
    members = CampaignMember.objects.filter(campaign=mine)
    treated = list(members.filter(state=1).values_list("profile_id", flat=True))
    held = list(members.filter(state=2).values_list("profile_id", flat=True))
    for profile in [*treated[:20], *held[:2]]:
        buy(profile, 1, 8.0)
    found = report(mine)
    assert (found.treated.shoppers, found.treated.converted, found.treated.revenue) == (
        len(treated),
        20,
        160.0,
    )
    assert (found.held_out.shoppers, found.held_out.converted) == (len(held), 2)
    lift = 20 / len(treated) - 2 / len(held)
    assert found.rate.fixed.value == pytest.approx(lift)
    assert found.rate.fixed.low < lift < found.rate.fixed.high
    assert found.value.fixed.value == pytest.approx(160 / len(treated) - 16 / len(held))
    spent = [[8.0] * n + [0.0] * (len(group) - n) for n, group in ((2, held), (20, treated))]
    wanted = compare(*(Mean.of(each).estimate() for each in spent)).fixed
    assert (found.value.fixed.low, found.value.fixed.high) == pytest.approx((wanted.low, wanted.high))
