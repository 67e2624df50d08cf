"""Who is in a journey and where: waiting is a row. Written by SQL in batches, read by the console."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Enrolment(models.Model):
    """One shopper's way through one journey.

    `resume_at` is when the engine looks at it next; none while a message's fate is awaited or the journey is paused.
    It is live until `finished_at` is set; the database allows one live enrolment for a journey and shopper.
    """

    journey = models.ForeignKey("Journey", on_delete=models.CASCADE, related_name="enrolments")
    version = models.ForeignKey("JourneyVersion", on_delete=models.CASCADE, related_name="+", db_index=False)
    profile = models.ForeignKey(
        "profiles.Profile",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="enrolments",
    )
    unit = models.BinaryField(max_length=16, help_text="of experiments; its key seals the context")
    context = models.BinaryField(default=bytes, help_text="the event that began it, as JSON, sealed")
    node = models.CharField(max_length=40, help_text="where the shopper is, or was at the end")
    visit = models.PositiveIntegerField(default=0, help_text="nodes visited so far; names steps and messages")
    resume_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True, help_text="since when at this node; none: not begun")
    parked = models.BooleanField(default=False, help_text="came due while the journey was paused")
    woken = models.CharField(max_length=20, default="", help_text="event or message, when not by the clock")
    woken_detail = models.CharField(max_length=200, default="")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="times this node failed")
    entered_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=12, default="", help_text="completed, exited, goal, restarted, merged, stopped or failed"
    )
    reason = models.CharField(max_length=200, default="")
    goal_until = models.DateTimeField(null=True, help_text="until when the goal counts")
    goal_at = models.DateTimeField(null=True)
    goal_value = models.FloatField(default=0, help_text="revenue of the event that reached the goal")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["journey", "profile"],
                condition=Q(finished_at__isnull=True),
                name="one_live_enrolment",
            )
        ]
        indexes = [
            models.Index(fields=["resume_at"], condition=Q(resume_at__isnull=False), name="enrolment_resume"),
            models.Index(fields=["profile", "journey"], name="enrolment_profile"),
            models.Index(fields=["journey", "-entered_at"], name="enrolment_entered"),
            models.Index(fields=["journey"], condition=Q(parked=True), name="enrolment_parked"),
        ]

    def __str__(self) -> str:
        return f"enrolment {self.pk} in journey {self.journey_id}"


class Step(models.Model):
    """One node that one shopper went through: what came of it and why. Only ever appended."""

    # No constraint: steps arrive by the thousand and are deleted with their enrolment's journey or person.
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="steps"
    )
    visit = models.PositiveIntegerField()
    node = models.CharField(max_length=40)
    at = models.DateTimeField()
    port = models.CharField(max_length=40, help_text="by which it was left; empty at the end")
    outcome = models.CharField(max_length=20)
    reason = models.CharField(max_length=200, default="")

    class Meta:
        ordering = ["enrolment_id", "visit", "id"]
        indexes = [models.Index(fields=["enrolment", "visit"], name="step_enrolment")]

    def __str__(self) -> str:
        return f"{self.node} of enrolment {self.enrolment_id}: {self.outcome}"


class NodeCount(models.Model):
    """How many came to a node, left it by a port, ended there. Rows are added up; nobody waits for a shared row."""

    version_id = models.BigIntegerField()
    node = models.CharField(max_length=40)
    name = models.CharField(max_length=48, help_text="entered, left, port:KEY or outcome:NAME")
    amount = models.BigIntegerField()

    class Meta:
        db_table = "journeys_nodecount"
        indexes = [models.Index(fields=["version_id", "node", "name"], name="nodecount_node")]

    def __str__(self) -> str:
        return f"{self.name} at {self.node}: {self.amount:+}"


class EventName(models.Model):
    """A name that events came with, so that a journey's author can choose it and a misspelt one is noticed."""

    name = models.CharField(max_length=120, primary_key=True)
    first_seen_at = models.DateTimeField()

    class Meta:
        db_table = "journeys_eventname"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
