"""Campaigns for the console's tests: a draft, and one that runs with a holdout."""

from __future__ import annotations

from types import SimpleNamespace

from django.utils import timezone

from journeys.models import Campaign, CampaignMember, Message, MessageTemplate
from profiles.models import Profile, Segment


def fill_campaigns(shopper: Profile, segment: Segment) -> SimpleNamespace:
    template = MessageTemplate.objects.create(key="news", name="News of the week", subject="Fresh bread")
    draft = Campaign.objects.create(name="Bread week", segment=segment, template=template, per_minute=600)
    running = Campaign.objects.create(
        name="Milk week",
        segment=segment,
        template=template,
        status="paused",
        holdout=10,
        started_at=timezone.now(),
    )
    CampaignMember.objects.create(
        campaign=running, profile_id=shopper.pk, unit=b"u" * 16, state=1, at=timezone.now()
    )
    Message.objects.create(
        key=f"campaign:{running.pk}:{shopper.pk}", profile_id=shopper.pk, unit=b"u" * 16, campaign_id=running.pk,
        template_id=template.pk, channel="email", state="skipped", reason="no e-mail address is known",
        due_at=timezone.now(), created_at=timezone.now(),
    )  # fmt: skip
    return SimpleNamespace(campaign=draft, running_campaign=running, news=template)


def campaign_pages(filled: SimpleNamespace) -> dict[str, str]:
    base = "/admin/journeys/campaign/"
    return {
        "campaigns": base,
        "campaign": f"{base}{filled.campaign.pk}/change/",
        "new campaign": f"{base}add/",
        "edit campaign": f"{base}{filled.campaign.pk}/edit/",
        "running campaign": f"{base}{filled.running_campaign.pk}/change/",
        "campaign progress": f"{base}{filled.running_campaign.pk}/progress/",
    }
