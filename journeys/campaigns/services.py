"""Changes of campaigns: the change, its audit record, and the work that follows from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from profiles.models import Segment
from tenants import audit
from tenants.due import mark_due
from tenants.scope import Scope

from .. import hints
from ..models import Campaign, CampaignMember, MessageTemplate
from .words import CANCELLED, PAUSED

Status = Campaign.Status
QUEUE = hints.CAMPAIGNS
MOST_PER_MINUTE, MOST_HOLDOUT, MOST_GOAL_HOURS = 100_000, 50, 24 * 90
LONGEST_AHEAD = dt.timedelta(days=366)


class BadCampaign(ValueError):
    """Why a campaign can't be so or can't be changed so; `field` is the one to mend."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class CampaignForm:
    name: str
    segment: Segment | None
    template: MessageTemplate | None
    starts_at: dt.datetime | None = None
    per_minute: int = 0
    holdout: int = 0
    goal: str = Campaign.Goal.PURCHASE
    goal_hours: int = 72

    def check(self, now: dt.datetime) -> None:
        """Raises `BadCampaign` for the first thing that has to be mended."""
        if not 1 <= len(self.name.strip()) <= 120 or "\x00" in self.name:
            raise BadCampaign("name", "Give it a name of 1 to 120 characters.")
        if self.segment is None or self.segment.status == Segment.Status.ARCHIVED:
            raise BadCampaign("segment", "Choose who gets it.")
        if self.template is None:
            raise BadCampaign("template", "Choose what is sent.")
        if self.template.kind != MessageTemplate.Kind.MARKETING:
            raise BadCampaign(
                "template",
                "A campaign is marketing, whatever it says: choose a template of that purpose, so that consent is asked.",
            )
        if self.starts_at is not None and self.starts_at > now + LONGEST_AHEAD:
            raise BadCampaign("starts_at", "That is more than a year ahead.")
        for field, value, least, most in (
            ("per_minute", self.per_minute, 0, MOST_PER_MINUTE),
            ("holdout", self.holdout, 0, MOST_HOLDOUT),
            ("goal_hours", self.goal_hours, 1, MOST_GOAL_HOURS),
        ):
            if not least <= value <= most:
                raise BadCampaign(field, f"Take a number from {least:,} to {most:,}.")
        if self.goal not in Campaign.Goal.values:
            raise BadCampaign("goal", "Choose a goal.")


@transaction.atomic
def create_campaign(form: CampaignForm, *, actor: str, user: Any = None) -> Campaign:
    """A draft. Raises `BadCampaign`."""
    form.check(timezone.now())
    campaign = Campaign(created_by=user)
    _fill(campaign, form)
    campaign.save()
    audit.record("campaign created", f"campaign:{campaign.pk}", actor, campaign=summary(campaign))
    return campaign


@transaction.atomic
def change_campaign(campaign: Campaign, form: CampaignForm, *, actor: str) -> Campaign:
    """Change a draft, or one that is scheduled (it becomes a draft: what was reviewed has changed)."""
    campaign = _held(campaign)
    if campaign.status not in (Status.DRAFT, Status.SCHEDULED):
        raise BadCampaign(
            "", f"It is {campaign.get_status_display().lower()}; duplicate it to send something else."
        )
    form.check(timezone.now())
    before = summary(campaign)
    _fill(campaign, form)
    campaign.status, campaign.next_at = Status.DRAFT, None
    after = summary(campaign)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        campaign.save()
        audit.record("campaign changed", f"campaign:{campaign.pk}", actor, changed=changed)
    return campaign


@transaction.atomic
def start(scope: Scope, campaign: Campaign, *, actor: str) -> Campaign:
    """Begin now, or at its time. Raises `BadCampaign` when something has to be mended first."""
    campaign = _held(campaign)
    if campaign.status != Status.DRAFT:
        raise BadCampaign("", f"It is {campaign.get_status_display().lower()} already.")
    form = CampaignForm(
        campaign.name, campaign.segment, campaign.template, campaign.starts_at, campaign.per_minute,
        campaign.holdout, campaign.goal, campaign.goal_hours,
    )  # fmt: skip
    now = timezone.now()
    form.check(now)
    if campaign.segment.status != Segment.Status.LIVE:
        raise BadCampaign(
            "segment", f"“{campaign.segment.name}” is a draft: nobody is in it. Set it live first."
        )
    if campaign.starts_at is not None and campaign.starts_at < now - dt.timedelta(minutes=5):
        raise BadCampaign(
            "starts_at", "Its time has passed. Choose another one, or “as soon as it is started”."
        )
    later = campaign.starts_at is not None and campaign.starts_at > now
    campaign.status = Status.SCHEDULED if later else Status.RUNNING
    campaign.next_at = campaign.starts_at if later else now
    campaign.started_at = None if later else now
    campaign.gathered = 0
    campaign.save()
    audit.record("campaign scheduled" if later else "campaign started", f"campaign:{campaign.pk}", actor)
    _wake(scope, campaign)
    return campaign


@transaction.atomic
def pause(campaign: Campaign, *, actor: str) -> Campaign:
    """Nobody else gets it until it is resumed; what is in the outbox waits too."""
    campaign = _held(campaign)
    _expect(campaign, Status.RUNNING, Status.SCHEDULED)
    campaign.status, campaign.next_at = Status.PAUSED, None
    campaign.save()
    audit.record("campaign paused", f"campaign:{campaign.pk}", actor)
    return campaign


@transaction.atomic
def resume(scope: Scope, campaign: Campaign, *, actor: str) -> Campaign:
    """Go on where it was paused."""
    campaign = _held(campaign)
    _expect(campaign, Status.PAUSED)
    now = timezone.now()
    waits = campaign.started_at is None and campaign.starts_at is not None and campaign.starts_at > now
    campaign.status = Status.SCHEDULED if waits else Status.RUNNING
    campaign.next_at = campaign.starts_at if waits else now
    campaign.started_at = campaign.started_at or (None if waits else now)
    campaign.save()
    with connection.cursor() as cursor:
        # They were put off a minute at a time; the cap and quiet hours are asked again.
        cursor.execute(
            """UPDATE journeys_message SET due_at = %s WHERE id IN (SELECT id FROM journeys_message
                WHERE campaign_id = %s AND state = 'delayed' AND reason = %s FOR UPDATE SKIP LOCKED)""",
            [now, campaign.pk, PAUSED],
        )
        mark_due(cursor, scope.tenant_id, hints.MESSAGES)
    audit.record("campaign resumed", f"campaign:{campaign.pk}", actor)
    _wake(scope, campaign)
    return campaign


@transaction.atomic
def cancel(campaign: Campaign, *, actor: str) -> Campaign:
    """Nobody else gets it, for good. A message that is being sent this moment still goes out."""
    campaign = _held(campaign)
    _expect(campaign, Status.RUNNING, Status.SCHEDULED, Status.PAUSED)
    now = timezone.now()
    campaign.status, campaign.next_at, campaign.finished_at = Status.CANCELLED, None, now
    campaign.save()
    State = CampaignMember.State
    stopped = CampaignMember.objects.filter(campaign=campaign, state=State.WAITING).update(
        state=State.STOPPED, at=now
    )
    with connection.cursor() as cursor:
        # One that a worker holds is stopped by that worker: it reads the campaign's status.
        cursor.execute(
            """UPDATE journeys_message SET state = 'skipped', reason = %s, decided_at = %s
                WHERE id IN (SELECT id FROM journeys_message WHERE campaign_id = %s AND state IN ('queued', 'delayed')
                    FOR UPDATE SKIP LOCKED)""",
            [CANCELLED, now, campaign.pk],
        )
        taken_back = cursor.rowcount
    audit.record(
        "campaign cancelled", f"campaign:{campaign.pk}", actor, not_sent=stopped, taken_back=taken_back
    )
    return campaign


@transaction.atomic
def duplicate(campaign: Campaign, *, actor: str, user: Any = None) -> Campaign:
    """A draft with the same content, to be sent as soon as it is started."""
    form = CampaignForm(
        f"{campaign.name[:110]} copy", campaign.segment, campaign.template, None, campaign.per_minute,
        campaign.holdout, campaign.goal, campaign.goal_hours,
    )  # fmt: skip
    return create_campaign(form, actor=actor, user=user)


def summary(campaign: Campaign) -> dict[str, Any]:
    """A campaign as plain JSON, as the audit shows it."""
    return {
        "name": campaign.name,
        "segment": campaign.segment.key,
        "template": campaign.template.key,
        "starts_at": campaign.starts_at.isoformat() if campaign.starts_at else None,
        "per_minute": campaign.per_minute,
        "holdout": campaign.holdout,
        "goal": campaign.goal,
        "goal_hours": campaign.goal_hours,
    }


def _fill(campaign: Campaign, form: CampaignForm) -> None:
    assert form.segment is not None  # noqa: S101  # checked by the caller
    assert form.template is not None  # noqa: S101
    campaign.name = form.name.strip()
    campaign.segment, campaign.template = form.segment, form.template
    campaign.starts_at, campaign.per_minute, campaign.holdout = form.starts_at, form.per_minute, form.holdout
    campaign.goal, campaign.goal_hours = form.goal, form.goal_hours


def _held(campaign: Campaign) -> Campaign:
    return (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("segment", "template")
        .get(pk=campaign.pk)
    )


def _expect(campaign: Campaign, *statuses: str) -> None:
    if campaign.status not in statuses:
        raise BadCampaign("", f"It is {campaign.get_status_display().lower()}.")


def _wake(scope: Scope, campaign: Campaign) -> None:
    with connection.cursor() as cursor:
        mark_due(cursor, scope.tenant_id, QUEUE, campaign.next_at)
