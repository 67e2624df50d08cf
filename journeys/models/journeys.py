"""A journey as people edit it, and the versions that shoppers travel on."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Journey(models.Model):
    """The draft that is edited, and which published version newcomers enter."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        LIVE = "live", "Live"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    draft = models.JSONField(default=dict, help_text="the graph being edited: nodes, edges, settings")
    revision = models.PositiveIntegerField(
        default=0, help_text="moves with every saved draft; a save names the one it started from"
    )
    live_version = models.ForeignKey(
        "JourneyVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    restricted = models.BooleanField(default=False, help_text="only people named for it may change it")
    seed = models.CharField(max_length=40, blank=True, help_text="the template it was started from")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return self.name


class JourneyVersion(models.Model):
    """A graph as it was published. Never changed: the database refuses it."""

    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    graph = models.JSONField()
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        db_table = "journeys_version"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"version {self.number} of journey {self.journey_id}"
