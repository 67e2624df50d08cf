"""Placements, merchandising rules, model versions, what serving needs of a shopper, and decisions."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from .fields import CompressedJSONField


class Placement(models.Model):
    """A place where recommendations are shown, with its own strategy and size."""

    class Strategy(models.TextChoices):
        PERSONAL = "personal", "For this shopper"
        SIMILAR = "similar", "Similar to an item"
        COMPLEMENT = "complement", "Bought together"
        TRENDING = "trending", "Trending now"

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    strategy = models.CharField(max_length=12, choices=Strategy, default=Strategy.PERSONAL)
    size = models.PositiveSmallIntegerField(default=15)
    max_per_category = models.PositiveSmallIntegerField(default=3, help_text="0 means no limit")
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """A merchandising rule: what it matches, what it does with it, where and when."""

    class Action(models.TextChoices):
        PIN = "pin", "Pin to a position"
        BOOST = "boost", "Boost"
        BURY = "bury", "Bury"
        FILTER = "filter", "Show only"
        EXCLUDE = "exclude", "Exclude"

    name = models.CharField(max_length=120)
    action = models.CharField(max_length=8, choices=Action)
    match = models.JSONField(
        default=dict,
        help_text="any of: item_ids, categories, brands, price_min, price_max; all given ones must hold",
    )
    position = models.PositiveSmallIntegerField(default=1, help_text="for pin: 1 is the first")
    weight = models.FloatField(
        default=2.0, help_text="for boost and bury: the score is multiplied or divided by it"
    )
    placement = models.ForeignKey(
        Placement,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="rules",
        help_text="empty: everywhere",
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    enabled = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return self.name


class ModelVersion(models.Model):
    class Stage(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        PRODUCTION = "production", "In production"
        RETIRED = "retired", "Retired"

    version = models.CharField(max_length=20, unique=True)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.CANDIDATE)
    path = models.CharField(max_length=300, help_text="folder of the artefact, relative to the artefact root")
    manifest = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    steps = models.JSONField(default=list, help_text="the training recipe: name, count, seconds")
    trained_at = models.DateTimeField(auto_now_add=True)
    promoted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-trained_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage"], condition=models.Q(stage="production"), name="one_model_in_production"
            )
        ]

    def __str__(self) -> str:
        return self.version


class ShopperState(models.Model):
    """What the recommendation agent needs of a shopper: a packed history, and what came since (recommendations.learning)."""

    profile = models.OneToOneField(
        "profiles.Profile",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="state",
        db_constraint=False,
    )
    blob = models.BinaryField()
    tail = models.BinaryField(
        default=bytes, db_default=b"", help_text="records that `blob` does not have yet"
    )
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"state of shopper {self.profile_id}"


class ItemDay(models.Model):
    """How often an item was viewed, put into a cart and bought on a day: popularity that moves with the events."""

    pk = models.CompositePrimaryKey("day", "item_id")
    day = models.DateField()
    item_id = models.BigIntegerField()
    views = models.IntegerField(default=0)
    carts = models.IntegerField(default=0)
    purchases = models.IntegerField(default=0)
    revenue = models.FloatField(default=0)

    def __str__(self) -> str:
        return f"item {self.item_id} on {self.day}"


class Decision(models.Model):
    """One answer, with everything that made it: sources, scores, rules, guardrails, time per stage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    at = models.DateTimeField(db_index=True)
    profile_id = models.BigIntegerField(null=True)
    placement = models.CharField(max_length=40)
    model_version = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=16, default="served", help_text="served, fallback or blocked")
    trace = CompressedJSONField(default=dict)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["profile_id", "-at"], name="decision_profile")]

    def __str__(self) -> str:
        return f"decision {self.id}"
