"""What checks of the data found, by the hour, and how features were distributed, by the day."""

from __future__ import annotations

from django.db import models


class QualityCount(models.Model):
    """How much an expectation looked at in an hour of receipt, and how much failed it.

    Appended by every batch in its own transaction, so that workers never wait for each other; added up by a task.
    """

    hour = models.DateTimeField()
    name = models.CharField(max_length=40)
    checked = models.BigIntegerField()
    failed = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["hour", "name"], name="quality_hour")]

    def __str__(self) -> str:
        return f"{self.name} {self.hour:%Y-%m-%d %H:%M}"


class QualityExample(models.Model):
    """An event that failed an expectation, so that somebody can look at it. Few are kept, and whose it is the event says."""

    name = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    event_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["name", "-id"], name="quality_example")]

    def __str__(self) -> str:
        return f"{self.name}: event {self.event_id}"


class QualityState(models.Model):
    """Since when an expectation, or the drift of a feature, is as it is: a change is told once."""

    name = models.CharField(max_length=60, primary_key=True)
    state = models.CharField(max_length=8)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"


class FeatureDay(models.Model):
    """The values of a feature over a sample of shoppers on a day (of its zone), and how far they moved from the 28 days before.

    `histogram`: bin → shoppers; those of whom nothing is known are in none. `verdict`: see drift.judge.
    """

    feature = models.CharField(max_length=40)
    day = models.DateField()
    shoppers = models.IntegerField(help_text="looked at")
    known = models.IntegerField(help_text="of whom the feature has a value")
    histogram = models.JSONField()
    kl = models.FloatField(null=True)
    verdict = models.CharField(max_length=12, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feature", "day"], name="feature_once_a_day")]

    def __str__(self) -> str:
        return f"{self.feature} {self.day}"


class ExpectationLimit(models.Model):
    """How much of an expectation may fail here, instead of the default; `off`: nothing is expected."""

    name = models.CharField(max_length=40, primary_key=True)
    warn = models.FloatField(help_text="share that is shown, 0 to 1")
    fail = models.FloatField(help_text="share that fails")
    off = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.name}: {'off' if self.off else self.fail}"
