"""The tracking plan's versions: each a whole document, the newest holds."""

from __future__ import annotations

from typing import Any

from django.db import models


class TrackingPlan(models.Model):
    """One version of the plan (see plan.document). Versions are never changed: undoing makes a newer one."""

    number = models.PositiveIntegerField(primary_key=True)
    document: Any = models.JSONField()
    note = models.CharField(max_length=200, blank=True, default="", help_text="what was changed, in words")
    actor = models.CharField(max_length=40, help_text="as in the audit trail")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        verbose_name = "tracking plan"

    def __str__(self) -> str:
        return f"version {self.number}"
