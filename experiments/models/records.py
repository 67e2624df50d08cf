"""The log: who was exposed to what, what they did, what the results were when somebody looked.

Millions of rows each, written and read by raw SQL; foreign keys without constraints, so that COPY and erasure are quick.
"""

from __future__ import annotations

from django.db import models

from .experiment import Experiment


class Exposure(models.Model):
    """The first time that a unit met an experiment, in which variant. One row per experiment and unit.

    `crossed`: it was seen in another variant as well (a visitor who turned out to be a known shopper): such a unit
    belongs to no variant, and results leave it out.
    """

    class Source(models.TextChoices):
        RECOMMENDATION = "recommendation", "Recommendation"
        JOURNEY = "journey", "Journey"
        CAMPAIGN = "campaign", "Campaign"

    pk = models.CompositePrimaryKey("experiment_id", "unit")
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="exposures", db_constraint=False, db_index=False
    )
    unit = models.BinaryField(max_length=16)
    variant_id = models.BigIntegerField()
    at = models.DateTimeField()
    source = models.CharField(max_length=14, choices=Source)
    reference = models.CharField(
        max_length=60, blank=True, help_text="what exposed it: decision, enrolment or campaign"
    )
    crossed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["unit"], name="exposure_unit")]

    def __str__(self) -> str:
        return f"exposure to experiment {self.experiment_id}"


class Conversion(models.Model):
    """What a unit did that some metric counts, whichever experiments it is in: results join by unit and time.

    `what`: see models.metric.what_of. `value`: money in the tenant's currency; `quantity`: items. `order_key`: of an order
    that was completed, 0 when none is named: a shop that reports one twice, by browser and by server, is counted once.
    """

    pk = models.CompositePrimaryKey("unit", "event_id", "what")
    unit = models.BinaryField(max_length=16)
    event_id = models.BigIntegerField()
    what = models.CharField(max_length=90)
    at = models.DateTimeField()
    value = models.FloatField(default=0)
    quantity = models.FloatField(default=1)
    order_key = models.BigIntegerField(
        db_default=0, default=0, help_text="hash of the order id, as profiles.Interaction has it"
    )

    class Meta:
        indexes = [models.Index(fields=["what", "at"], name="conversion_what_at")]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "what", "order_key"],
                condition=~models.Q(order_key=0),
                name="conversion_order_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} by event {self.event_id}"


class Look(models.Model):
    """The results of an experiment as they stood at a moment, with its plots: the newest is kept (experiments.results)."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="looks")
    at = models.DateTimeField()
    results = models.JSONField(default=dict)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["experiment", "at"], name="look_once")]

    def __str__(self) -> str:
        return f"experiment {self.experiment_id} at {self.at:%Y-%m-%d %H:%M}"
