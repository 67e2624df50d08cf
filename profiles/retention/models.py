"""What retention dropped, so that whoever reads events later knows from when on they are whole."""

from __future__ import annotations

from django.db import models


class RetentionRun(models.Model):
    """A night in which something was old enough to go."""

    at = models.DateTimeField(auto_now_add=True)
    until = models.DateField(null=True, help_text="events received before this day (UTC) are gone")
    months = models.PositiveIntegerField(default=0, help_text="partitions dropped")
    events = models.BigIntegerField(default=0)
    letters = models.BigIntegerField(default=0, help_text="dead letters deleted")

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.months} months and {self.letters} letters on {self.at:%Y-%m-%d}"
