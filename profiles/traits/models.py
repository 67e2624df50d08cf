"""Computed traits, the measures that are kept of every shopper for them, and the events that have been seen."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class Aggregate(models.Model):
    """A measure (see traits.measure) that is kept of every shopper, in Profile.computed under this row's id.

    Traits and conditions of segments that measure the same share one. `run`: the building that it is part of, None before
    that has begun.
    """

    class Status(models.TextChoices):
        BUILDING = "building", "Being computed"
        READY = "ready", "Ready"

    digest = models.CharField(max_length=32, unique=True)
    definition = models.JSONField()
    status = models.CharField(max_length=10, choices=Status, default=Status.BUILDING)
    run = models.ForeignKey(
        "BuildRun", null=True, on_delete=models.SET_NULL, db_constraint=False, related_name="aggregates"
    )
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"measure {self.digest[:8]}"


class AggregateRedo(models.Model):
    """A shopper whose states have to be made again from events: somebody was merged into them while measures were built."""

    profile_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return f"shopper {self.profile_id}"


class BuildRun(models.Model):
    """Measures that are computed together of everybody who was there when it began."""

    shoppers = models.PositiveIntegerField()
    started_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"computed of {self.shoppers} shoppers"


class BuildPortion(models.Model):
    """Shoppers (ids `first` to `last`) whose turn in a run is to come; whoever does them holds the row meanwhile.

    `tries`: how often it failed; from then on its shoppers are done one by one.
    """

    run = models.ForeignKey(BuildRun, on_delete=models.DO_NOTHING, db_constraint=False)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    shoppers = models.PositiveIntegerField()
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"shoppers {self.first} to {self.last}"


class BuildSkip(models.Model):
    """A shopper whose past could not be put into a measure: it counts from the measure's own first day on."""

    pk = models.CompositePrimaryKey("aggregate_id", "profile_id")
    aggregate = models.ForeignKey(Aggregate, on_delete=models.CASCADE)
    profile_id = models.BigIntegerField(db_index=True)
    reason = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"shopper {self.profile_id} is left out"


class ComputedTrait(models.Model):
    """What a merchant has computed of every shopper, by a name. `aggregate`: the one that its definition asks for;
    `shown`: the one whose values are shown, the former one until a changed definition has been computed."""

    class Status(models.TextChoices):
        LIVE = "live", "Live"
        ARCHIVED = "archived", "Archived"

    key = models.SlugField(max_length=60, unique=True, help_text="its name in the API and in templates")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    definition = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.LIVE)
    aggregate = models.ForeignKey(Aggregate, null=True, on_delete=models.SET_NULL, related_name="+")
    shown = models.ForeignKey(Aggregate, null=True, on_delete=models.SET_NULL, related_name="+")
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
    def building(self) -> bool:
        """Whether its values are still being computed from what came before."""
        return self.status == self.Status.LIVE and self.shown_id != self.aggregate_id


class SeenEvent(models.Model):
    """An event name that came, and its properties with what they are: offered where measures and segments are built."""

    name = models.CharField(max_length=120, unique=True, help_text="folded: compared without case")
    shown = models.CharField(max_length=120, help_text="as it came first")
    properties: Any = models.JSONField(default=dict, help_text="path → text, number, date, list")
    first_seen_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.shown
