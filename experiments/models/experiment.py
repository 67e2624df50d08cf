"""Experiments with their variants, and the layers that keep them apart."""

from __future__ import annotations

import secrets
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from profiles.segments.models import Segment


def new_salt() -> str:
    """A salt is drawn once and never changed: assignments follow from it."""
    return secrets.token_hex(8)


class Layer(models.Model):
    """Experiments of one layer exclude each other: they share its 10,000 buckets, each shopper is in one bucket."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    salt = models.CharField(max_length=32, default=new_salt, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Experiment(models.Model):
    """Variants that are shown to comparable shoppers, to learn which does better.

    A holdout is an experiment too: its control is the share of shoppers that no other experiment may touch, and both of
    its groups are counted when they meet the subject of a running experiment.
    """

    class Kind(models.TextChoices):
        PLACEMENT = "placement", "Recommendations in a placement"
        JOURNEY = "journey", "A split in a journey"
        CAMPAIGN = "campaign", "Contents of a campaign"
        HOLDOUT = "holdout", "Holdout"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        STOPPED = "stopped", "Stopped"
        ARCHIVED = "archived", "Archived"

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    hypothesis = models.TextField(blank=True, help_text="what you expect to happen, and why")
    kind = models.CharField("what is compared", max_length=10, choices=Kind, default=Kind.PLACEMENT)
    placement = models.CharField(max_length=40, blank=True, help_text="key of the placement, for that kind")
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    simulated = models.BooleanField(
        default=False,
        editable=False,
        help_text="its shoppers are simulated: labelled so wherever it is shown",
    )

    restricted = models.BooleanField(
        "only named people may change it", default=False, help_text="Others may look at it."
    )

    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    layer = models.ForeignKey(
        Layer, null=True, blank=True, on_delete=models.PROTECT, related_name="experiments"
    )
    traffic = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal(100),
        help_text="per cent of the shoppers (of the layer, when it has one) that take part",
    )
    ranges = models.JSONField(
        default=list, editable=False, help_text="buckets that take part: [first, after the last] each"
    )
    segment = models.ForeignKey(
        Segment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="experiments",
        help_text="only members of this segment; none: everybody",
    )

    minimum_effect = models.FloatField(
        default=0.05, help_text="smallest relative difference worth finding: 0.05 is 5 %"
    )
    planned_units = models.PositiveIntegerField(
        default=0, help_text="shoppers per variant that the planner asked for; 0 when it was not asked"
    )
    planned_days = models.PositiveSmallIntegerField(default=14)
    alpha = models.FloatField(default=0.05, help_text="accepted share of false alarms")
    sequential = models.BooleanField(
        default=True, help_text="intervals that hold however often somebody looks"
    )
    covariate_days = models.PositiveSmallIntegerField(
        default=28, help_text="days before the first exposure that CUPED reads; 0: no CUPED"
    )

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    stopped_at = models.DateTimeField(null=True, blank=True, editable=False)
    conclusion = models.TextField(blank=True, help_text="what was decided, for whoever asks in a year")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(traffic__gte=0) & Q(traffic__lte=100), name="experiment_traffic"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(stopped_at__gte=F("started_at")),
                name="experiment_times",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind="holdout", started_at__isnull=False, stopped_at__isnull=True),
                name="experiment_one_holdout",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """What `Running.assign` is asked for: "placement:KEY", or "experiment:KEY" for those asked for by name."""
        return f"placement:{self.placement}" if self.kind == self.Kind.PLACEMENT else f"experiment:{self.key}"

    @property
    def is_live(self) -> bool:
        return self.status in (self.Status.RUNNING, self.Status.PAUSED)

    @property
    def has_run(self) -> bool:
        return self.started_at is not None


class Variant(models.Model):
    """One of the things compared. `payload` of a placement: any of strategy, size, model (a version)."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="variants")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0, help_text="order of the shares on the bucket line")
    weight = models.DecimalField(
        max_digits=5, decimal_places=2, help_text="per cent; all of an experiment sum to 100"
    )
    is_control = models.BooleanField(default=False)
    payload = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "key"], name="variant_once"),
            models.UniqueConstraint(
                fields=["experiment"], condition=Q(is_control=True), name="variant_one_control"
            ),
            models.CheckConstraint(condition=Q(weight__gte=0) & Q(weight__lte=100), name="variant_weight"),
        ]

    def __str__(self) -> str:
        return self.name
