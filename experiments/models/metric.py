"""Metrics: what is summed up of each unit after its exposure, and which experiment looks at them how."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .experiment import Experiment


class What(models.TextChoices):
    """What a conversion is about. Other events count by name, as EVENT with `event` set."""

    CLICK = "click", "Clicks on recommendations"
    VIEW = "view", "Product views"
    CART = "cart", "Added to cart"
    ORDER = "order", "Orders"
    EVENT = "event", "An event by name"


class Measure(models.TextChoices):
    HAPPENED = "happened", "whether it happened"
    COUNT = "count", "how often"
    VALUE = "value", "what it was worth"
    QUANTITY = "quantity", "how many items"


class Metric(models.Model):
    """A number per unit, made from its conversions within `window_days` of its first exposure.

    Proportion: 1 when `what` happened, else 0. Mean: count, value or quantity of `what` per unit. Ratio: the sum of
    `measure` of `what` over the sum of `per_measure` of `per_what`, such as revenue over orders.
    """

    class Kind(models.TextChoices):
        PROPORTION = "proportion", "Share of shoppers"
        MEAN = "mean", "Mean per shopper"
        RATIO = "ratio", "Ratio of two sums"

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PROPORTION)
    what = models.CharField(max_length=8, choices=What, default=What.ORDER)
    event = models.CharField(max_length=80, blank=True, help_text="its name, when counting an event by name")
    measure = models.CharField(max_length=8, choices=Measure, default=Measure.HAPPENED)
    per_what = models.CharField("divided by", max_length=8, choices=What, blank=True)
    per_event = models.CharField(max_length=80, blank=True)
    per_measure = models.CharField(max_length=8, choices=Measure, blank=True)
    window_days = models.PositiveSmallIntegerField(
        default=14, help_text="days after the first exposure that count"
    )
    higher_is_better = models.BooleanField(default=True)
    is_money = models.BooleanField(default=False, help_text="shown with the currency")
    archived = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="ratio") | (~Q(per_what="") & ~Q(per_measure="")), name="metric_ratio_per"
            ),
            models.CheckConstraint(
                condition=(~Q(what="event") | ~Q(event="")) & (~Q(per_what="event") | ~Q(per_event="")),
                name="metric_event_named",
            ),
            models.CheckConstraint(condition=Q(window_days__gte=1), name="metric_window"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def counted(self) -> str:
        """As `Conversion.what` has it."""
        return what_of(self.what, self.event)

    @property
    def counted_per(self) -> str:
        return what_of(self.per_what, self.per_event) if self.per_what else ""

    @property
    def needs(self) -> tuple[str, ...]:
        """The conversions that it is made from."""
        return tuple(filter(None, (self.counted, self.counted_per)))


def what_of(what: str, event: str = "") -> str:
    """ "order", or "event:signed up": names of events are compared without case, as the tracking spec's are."""
    return f"event:{event.strip().casefold()}" if what == What.EVENT else str(what)


class ExperimentMetric(models.Model):
    class Role(models.TextChoices):
        PRIMARY = "primary", "Primary: decides"
        SECONDARY = "secondary", "Secondary: explains"
        GUARDRAIL = "guardrail", "Guardrail: must not get worse"

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="metrics")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="uses")
    role = models.CharField(max_length=9, choices=Role, default=Role.SECONDARY)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "metric"], name="experiment_metric_once"),
            models.UniqueConstraint(
                fields=["experiment"], condition=Q(role="primary"), name="experiment_one_primary"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric_id} of experiment {self.experiment_id}"
