"""Campaigns: one message to everybody in a segment, and what became of each of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Campaign(models.Model):
    """A template for a segment at a time. Begun, its audience is written down; from then on waiting is a row.

    `next_at` is when a worker looks at it next. `gathered` is the last profile of the segment that was written down,
    none once all are.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SCHEDULED = "scheduled", "Scheduled"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    class Goal(models.TextChoices):
        PURCHASE = "purchase", "Buys something"
        CART = "cart", "Puts something into the cart"
        VIEW = "view", "Looks at a product"

    name = models.CharField(max_length=120)
    segment = models.ForeignKey("profiles.Segment", on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey("MessageTemplate", on_delete=models.PROTECT, related_name="campaigns")
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    starts_at = models.DateTimeField(null=True, blank=True, help_text="none: as soon as it is started")
    per_minute = models.PositiveIntegerField(
        default=0, help_text="messages handed over a minute; 0: no limit"
    )
    holdout = models.PositiveSmallIntegerField(
        default=0, help_text="per cent of the audience who get nothing"
    )
    goal = models.CharField(max_length=8, choices=Goal, default=Goal.PURCHASE)
    goal_hours = models.PositiveIntegerField(default=72, help_text="after the message")
    restricted = models.BooleanField(default=False, help_text="only people named for it may change it")
    gathered = models.BigIntegerField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="campaign_due"),
        ]

    def __str__(self) -> str:
        return self.name


class CampaignMember(models.Model):
    """One shopper of a campaign's audience, as it was when the campaign began."""

    class State(models.IntegerChoices):
        WAITING = 0, "waiting"
        HANDED_OVER = 1, "handed over"
        HELD_OUT = 2, "held out"
        LEFT = 3, "no longer in the segment"
        STOPPED = 4, "not sent: the campaign was cancelled"

    pk = models.CompositePrimaryKey("campaign_id", "profile_id")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    profile_id = models.BigIntegerField()
    unit = models.BinaryField(max_length=16, help_text="decides about the holdout")
    state = models.PositiveSmallIntegerField(choices=State, default=State.WAITING)
    at = models.DateTimeField(help_text="when the state was decided; goals count from here")

    class Meta:
        db_table = "journeys_campaignmember"
        indexes = [
            models.Index(
                fields=["campaign", "profile_id"], condition=Q(state=0), name="campaign_member_waiting"
            ),
            models.Index(fields=["profile_id"], name="campaign_member_profile"),
        ]

    def __str__(self) -> str:
        return f"shopper {self.profile_id} of campaign {self.campaign_id}: {self.get_state_display()}"
