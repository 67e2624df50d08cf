"""Messages: their templates, the outbox, and every attempt to deliver."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    SMS = "sms", "SMS"
    PUSH = "push", "Push"
    WEB = "web", "Web message"
    WEBHOOK = "webhook", "Webhook"


class MessageTemplate(models.Model):
    """What a message says, in Liquid."""

    class Kind(models.TextChoices):
        MARKETING = "marketing", "Marketing: needs consent, capped, with an unsubscribe link"
        TRANSACTIONAL = "transactional", "Transactional: about something the shopper did"

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.EMAIL)
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.MARKETING)
    subject = models.CharField(max_length=300, blank=True)
    html = models.TextField(blank=True)
    text = models.TextField(blank=True, help_text="empty: made from the HTML")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "journeys_template"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """One message to one shopper, from the decision to send it until its fate is known."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        DELAYED = "delayed", "Delayed"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        SKIPPED = "skipped", "Skipped"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Unknown"

    key = models.CharField(max_length=120, unique=True, help_text="idempotency key, also for the provider")
    profile_id = models.BigIntegerField()
    unit = models.BinaryField(max_length=16, help_text="its key seals context and content")
    journey_id = models.BigIntegerField(null=True)
    enrolment_id = models.BigIntegerField(null=True)
    node = models.CharField(max_length=40, default="")
    campaign_id = models.BigIntegerField(null=True)
    template_id = models.BigIntegerField()
    channel = models.CharField(max_length=8, choices=Channel)
    marketing = models.BooleanField(default=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=200, default="")
    by_hand = models.BooleanField(
        default=False,
        db_default=False,
        help_text="a person sent it again: no end of its journey calls it back",
    )
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, help_text="who is sending it")
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True, help_text="when it was last handed to the channel")
    decided_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    provider_reference = models.CharField(max_length=200, default="")
    context = models.BinaryField(default=bytes, help_text="the event it is about, as JSON, sealed")
    content = models.BinaryField(default=bytes, help_text="what was sent to where, as JSON, sealed")
    decisions = ArrayField(models.UUIDField(), default=list, help_text="recommendation decisions inside")

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["queued", "delayed"]), name="message_due"),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["queued", "delayed"], marketing=False),
                name="message_due_urgent",
            ),
            models.Index(fields=["-created_at"], name="message_created"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="message_lease"),
            models.Index(fields=["profile_id", "attempted_at"], name="message_profile"),
            models.Index(
                fields=["enrolment_id"], condition=Q(enrolment_id__isnull=False), name="message_enrolment"
            ),
            models.Index(
                fields=["campaign_id", "state"],
                condition=Q(campaign_id__isnull=False),
                name="message_campaign",
            ),
            models.Index(fields=["state", "-created_at"], name="message_state"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk} ({self.state})"


class Delivery(models.Model):
    """One attempt to hand a message to its channel."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    attempt = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=10, help_text="sent, temporary, permanent or unknown")
    detail = models.CharField(max_length=300, default="", help_text="the channel's words, without addresses")

    class Meta:
        ordering = ["message_id", "attempt"]

    def __str__(self) -> str:
        return f"attempt {self.attempt} at message {self.message_id}: {self.result}"
