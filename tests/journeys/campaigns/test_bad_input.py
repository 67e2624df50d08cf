"""What a campaign may not be, and the sentence when it may not."""

import datetime as dt

import pytest
from django.utils import timezone

from journeys.campaigns import services
from journeys.campaigns.services import BadCampaign, CampaignForm
from profiles.models import Segment
from profiles.segments import services as segments
from profiles.segments.forms import BadSegment


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"name": " "}, "name", "1 to 120"),
        ({"segment": None}, "segment", "who gets it"),
        ({"template": None}, "template", "what is sent"),
        ({"holdout": 51}, "holdout", "0 to 50"),
        ({"per_minute": -1}, "per_minute", "0 to 100,000"),
        ({"goal_hours": 0}, "goal_hours", "1 to 2,160"),
        ({"goal": "fame"}, "goal", "Choose a goal"),
        ({"starts_at": dt.datetime(2200, 1, 1, tzinfo=dt.UTC)}, "starts_at", "a year ahead"),
    ],
)
def test_a_form_is_refused(campaign, template, fields, field, message):
    segment = Segment.objects.create(key="k", name="K", status="live")
    given = {"name": "News", "segment": segment, "template": template(), **fields}
    with pytest.raises(BadCampaign, match=message) as caught:
        services.create_campaign(CampaignForm(**given), actor="test")
    assert caught.value.field == field


def test_only_marketing_is_sent_by_campaigns(campaign, template):
    receipt = template("receipt", kind="transactional")
    with pytest.raises(BadCampaign, match="consent is asked"):
        campaign(template=receipt)


def test_a_draft_segment_and_a_time_that_has_passed_start_nothing(scope, campaign):
    mine = campaign(starts_at=timezone.now() - dt.timedelta(hours=1))
    with pytest.raises(BadCampaign, match="has passed"):
        services.start(scope, mine, actor="test")
    Segment.objects.update(status="draft")
    with pytest.raises(BadCampaign, match="Set it live first"):
        services.start(scope, campaign(), actor="test")


def test_each_step_only_from_where_it_leads(scope, campaign):
    mine = campaign()
    for verb in (services.pause, services.cancel):
        with pytest.raises(BadCampaign, match="It is draft"):
            verb(mine, actor="test")
    services.start(scope, mine, actor="test")
    with pytest.raises(BadCampaign, match="running already"):
        services.start(scope, mine, actor="test")
    with pytest.raises(BadCampaign, match="duplicate it"):
        services.change_campaign(mine, CampaignForm("x", mine.segment, mine.template), actor="test")
    services.cancel(mine, actor="test")
    with pytest.raises(BadCampaign, match="It is cancelled"):
        services.resume(scope, mine, actor="test")
    assert services.duplicate(mine, actor="test").status == "draft"


def test_a_running_campaigns_segment_is_not_archived(scope, campaign):
    mine = campaign()
    services.start(scope, mine, actor="test")
    with pytest.raises(BadSegment, match="campaign “News”"):
        segments.archive(scope, mine.segment, actor="test")
