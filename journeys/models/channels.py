"""By which way messages leave, to whom no more go, and the inbox of the sandbox."""

from __future__ import annotations

from django.db import models

from .messages import Channel


class ChannelEndpoint(models.Model):
    """How a tenant's messages of one channel leave. Without a row they go to the sandbox inbox."""

    channel = models.CharField(max_length=8, choices=Channel, unique=True)
    kind = models.CharField(max_length=12, help_text="sandbox, smtp or webhook")
    config = models.JSONField(default=dict, help_text="without secrets")
    credential = models.ForeignKey(
        "workspace.ConnectorCredential", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "journeys_channel"
        ordering = ["channel"]

    def __str__(self) -> str:
        return f"{self.channel} by {self.kind}"


class Suppression(models.Model):
    """An address that no marketing goes to any more, whoever it belongs to."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        BOUNCED = "bounced", "Bounced"
        COMPLAINED = "complained", "Complained"
        MANUAL = "manual", "Added by staff"

    channel = models.CharField(max_length=8, choices=Channel)
    blind = models.BinaryField(max_length=16, help_text="keyed hash of the address")
    reason = models.CharField(max_length=12, choices=Reason)
    since = models.DateTimeField(auto_now_add=True)
    message_id = models.BigIntegerField(null=True, help_text="the message that led to it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "blind"], name="one_suppression_per_address")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"


class InboxMessage(models.Model):
    """A message as the sandbox received it, to be read in the console."""

    key = models.CharField(max_length=120, unique=True, help_text="the message's idempotency key")
    message_id = models.BigIntegerField(null=True, help_text="none: a test")
    profile_id = models.BigIntegerField(null=True, db_index=True)
    unit = models.BinaryField(max_length=16, help_text="its key seals the content")
    channel = models.CharField(max_length=8, choices=Channel)
    at = models.DateTimeField(db_index=True)
    read_at = models.DateTimeField(null=True)
    content = models.BinaryField(help_text="to, subject, html, text, headers as JSON, sealed")

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"inbox message {self.pk}"
