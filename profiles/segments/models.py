"""Segments and who is in them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


def everybody() -> dict[str, Any]:
    return {"type": "all", "of": []}


class Segment(models.Model):
    """A named group of shoppers. `definition` is a tree of conditions (see segments.definition).

    `revision` moves whenever somebody may have entered or left by a change of the definition, of this segment or of one
    that it uses. Everybody has been looked at for `computed_revision`; `computed_on` is the day (of its zone) of the
    revision's last pass, also of one that gave up, and None before the first. `cursor` is the last profile that a pass in
    progress has looked at.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        LIVE = "live", "Live"
        ARCHIVED = "archived", "Archived"

    key = models.SlugField(max_length=60, unique=True, help_text="its name in the API; it stays as it is")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    definition = models.JSONField(default=everybody)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    restricted = models.BooleanField(
        "only named people may change it",
        default=False,
        help_text="Others may look at it and use it.",
    )
    members = models.PositiveIntegerField(default=0, help_text="as of the last count")
    revision = models.PositiveIntegerField(default=1)
    timed = models.BooleanField(default=False, help_text="whether the calendar alone moves members")
    computed_revision = models.PositiveIntegerField(default=0)
    computed_on = models.DateField(null=True, blank=True)
    computed_at = models.DateTimeField(null=True, blank=True, help_text="when the last pass ended")
    cursor = models.BigIntegerField(null=True, blank=True)
    error = models.TextField(blank=True, default="", help_text="why it could not be computed")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def under_way(self) -> bool:
        """Whether a pass goes on or is about to begin. After one that gave up the next day's is waited for."""
        waits = self.computed_revision < self.revision and (not self.error or self.computed_on is None)
        return self.status == self.Status.LIVE and (self.cursor is not None or waits)


class SegmentMember(models.Model):
    """A shopper who is in a live segment. Written only while the shopper's row is locked."""

    pk = models.CompositePrimaryKey("segment_id", "profile_id")
    # No database constraints: half a million rows arrive at once, and profiles go by merging and erasure.
    segment = models.ForeignKey(Segment, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    profile_id = models.BigIntegerField()
    entered_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["profile_id"], name="segment_member_profile")]

    def __str__(self) -> str:
        return f"shopper {self.profile_id} in segment {self.segment_id}"


class SegmentTally(models.Model):
    """By how much a batch changed a segment's size. Folded into `Segment.members` later, so that batches share no row."""

    segment = models.ForeignKey(Segment, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    change = models.IntegerField()
    entered = models.IntegerField(
        default=0, db_default=0, help_text="who came; merges change sizes without it"
    )
    gone = models.IntegerField(default=0, db_default=0, help_text="who left")

    def __str__(self) -> str:
        return f"{self.change:+d} in segment {self.segment_id}"


class SegmentDay(models.Model):
    """How many were in a segment at a day's end (UTC), or are now, and how many came and went on it."""

    pk = models.CompositePrimaryKey("segment_id", "day")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, db_index=False)
    day = models.DateField()
    members = models.PositiveIntegerField(default=0)
    entered = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"segment {self.segment_id} on {self.day}"


class SegmentStay(models.Model):
    """A stay in a segment that has ended: left by what the shopper did or by the calendar, not by a new definition."""

    # No database constraints: batches write them, and an erasure deletes them by profile.
    segment = models.ForeignKey(Segment, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    profile_id = models.BigIntegerField()
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["profile_id", "left_at"], name="segment_stay_profile"),
            models.Index(fields=["segment", "left_at"], name="segment_stay_segment"),
        ]

    def __str__(self) -> str:
        return f"shopper {self.profile_id} in segment {self.segment_id} until {self.left_at:%Y-%m-%d}"
