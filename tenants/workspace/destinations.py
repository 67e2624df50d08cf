"""Where a tenant's data is sent: destinations, what waits for them, and what became of it."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Destination(models.Model):
    """A configured connector that takes data out. `streams`: names of what it gets (see tenants.connectors.base).

    It fails while `failing_since` is set. `next_at`: when a worker looks at it next. `born_xid`: the transaction that
    made it; what older ones committed is history to it.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        REMOVING = "removing", "Being removed"

    name = models.CharField(max_length=80, unique=True)
    vendor = models.CharField(max_length=40)
    config = models.JSONField(default=dict, help_text="without secrets")
    credential = models.ForeignKey(
        "workspace.ConnectorCredential", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    streams = ArrayField(models.CharField(max_length=40), default=list)
    personal = models.BooleanField(default=False, help_text="names, addresses and traits go along")
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    failures = models.PositiveIntegerField(default=0, help_text="one after another")
    failing_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, default="")
    next_at = models.DateTimeField(null=True, db_index=True)
    last_sent_at = models.DateTimeField(null=True)
    tidied_on = models.DateField(null=True, help_text="day of the last housekeeping")
    born_xid = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OutboxEntry(models.Model):
    """Rows that wait for a destination, written in the transaction that made them. `moments`: when each was received."""

    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, db_constraint=False)
    stream = models.CharField(max_length=40)
    ids = ArrayField(models.BigIntegerField())
    moments = ArrayField(models.DateTimeField())
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{len(self.ids)} of {self.stream} for destination {self.destination_id}"


class StreamProgress(models.Model):
    """How far a destination has come with a stream that is read from a table.

    Numbers up to `position` were handed to deliveries. `ahead`: the highest one seen at `ahead_at`; it is safe once every
    transaction older than `ahead_xid` has ended. `day`: the last day of a daily stream. History is what was there before the
    destination: `history_position` of `history_end`, about `history_rows` rows.
    """

    class History(models.TextChoices):
        NONE = "", "Not asked for"
        WANTED = "wanted", "Wanted"
        RUNNING = "running", "Under way"
        DONE = "done", "Done"

    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="progress")
    stream = models.CharField(max_length=40)
    position = models.BigIntegerField(null=True)
    ahead = models.BigIntegerField(null=True)
    ahead_xid = models.BigIntegerField(null=True)
    ahead_at = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    history = models.CharField(max_length=8, choices=History, default=History.NONE, blank=True)
    history_start = models.BigIntegerField(default=0)
    history_position = models.BigIntegerField(default=0)
    history_end = models.BigIntegerField(default=0)
    history_rows = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["destination", "stream"], name="one_progress_a_stream")
        ]

    def __str__(self) -> str:
        return f"{self.stream} of destination {self.destination_id}"


class Delivery(models.Model):
    """A sealed portion of one stream: the same rows under the same key however often it is tried.

    `ids` with `moments` name rows one by one; else `portion` says which: {"after", "through"} or {"day"}.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Delivered"
        DEAD = "dead", "Given up"
        DISCARDED = "discarded", "Discarded"

    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="deliveries")
    stream = models.CharField(max_length=40)
    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text="idempotency key")
    portion = models.JSONField(default=dict)
    ids = ArrayField(models.BigIntegerField(), null=True)
    moments = ArrayField(models.DateTimeField(), null=True)
    history = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, default="")
    rows = models.BigIntegerField(default=0)
    left_out = models.BigIntegerField(default=0, help_text="rows of people without consent, or gone")
    bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["destination", "next_at"], condition=Q(state="waiting"), name="delivery_waiting"
            ),
            models.Index(fields=["destination", "-created_at"], name="delivery_log"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk} of {self.stream}"


class DeliveryAttempt(models.Model):
    """One try to hand a delivery over."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    result = models.CharField(max_length=10, help_text="sent, temporary or permanent")
    detail = models.CharField(max_length=300, default="")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"try of delivery {self.delivery_id}: {self.result}"
