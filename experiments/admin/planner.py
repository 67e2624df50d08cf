"""The planner: how many shoppers and days for which effect, from the tenant's own base rate."""

from __future__ import annotations

import contextlib
from typing import Any

import orjson
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import redis
from tenants.console import tenant_site
from tenants.db import connection

from ..models import Metric
from ..planning import DAYS, BaseRate, Setting, base_rate, effect_after, plan
from ..results.words import percent
from ..stats import Baseline

EFFECTS = (0.01, 0.02, 0.05, 0.10, 0.20)
PERIODS = (7, 14, 28)
# The base rate is read from all interactions of six weeks; it moves slowly.
KEPT_SECONDS = 3_600


class PlannerForm(forms.Form):
    metric = forms.ModelChoiceField(
        Metric.objects.none(),
        label=gettext_lazy("Metric that decides"),
        to_field_name="key",
        empty_label=None,
    )
    effect = forms.FloatField(
        label=gettext_lazy("Smallest change worth finding, %"), min_value=0.1, max_value=500, initial=5
    )
    variants = forms.IntegerField(
        label=gettext_lazy("Variants, with control"), min_value=2, max_value=10, initial=2
    )
    traffic = forms.FloatField(
        label=gettext_lazy("Shoppers who take part, %"), min_value=1, max_value=100, initial=100
    )
    looks = forms.ChoiceField(
        label=gettext_lazy("Decided"), initial="many",
        choices=[("many", gettext_lazy("whenever you look")), ("one", gettext_lazy("once, at the end"))],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        metrics = Metric.objects.filter(archived=False)
        self.fields["metric"].queryset = metrics  # type: ignore[attr-defined]
        self.fields["metric"].label_from_instance = lambda metric: metric.name  # type: ignore[attr-defined]

    @property
    def setting(self) -> Setting:
        chosen = self.cleaned_data
        return Setting(
            variants=chosen["variants"],
            traffic=chosen["traffic"] / 100,
            sequential=chosen["looks"] == "many",
        )


def planner_view(request: HttpRequest) -> HttpResponse:
    """GET with or without choices: a plan is looked at, not made."""
    metric = Metric.objects.filter(archived=False).order_by("-key").filter(key="conversion").first()
    metric = metric or Metric.objects.filter(archived=False).first()
    defaults = {
        "metric": metric.key if metric else "",
        "effect": 5,
        "variants": 2,
        "traffic": 100,
        "looks": "many",
    }
    form = PlannerForm({**defaults, **request.GET.dict()})
    title = _("Planner")
    shown = planned(connection.schema_name, form) if form.is_valid() else {}
    crumbs = [("Experiments", None), (title, None)]
    return tenant_site.render(request, "console/planner.html", title, crumbs, form=form, days=DAYS, **shown)


def planned(schema: str, form: PlannerForm) -> dict[str, Any]:
    """What the template shows of a valid form; `base` is None when history does not tell the metric."""
    metric, setting = form.cleaned_data["metric"], form.setting
    base = remembered_base_rate(schema, metric)
    if base is None:
        return {"metric": metric, "base": None}
    effect = form.cleaned_data["effect"] / 100
    chosen = plan(base.baseline, base.arrivals, effect, setting)
    other = Setting(setting.variants, setting.traffic, setting.alpha, setting.power, not setting.sequential)
    return {
        "metric": metric,
        "base": base,
        "share": percent(base.baseline.value, 2) if base.baseline.proportion else None,
        "chosen": chosen,
        "effect": percent(effect),
        "window": metric.window_days,
        "table": [
            (plan(base.baseline, base.arrivals, step, setting), percent(step))
            for step in sorted({*EFFECTS, effect})
        ],
        "periods": [
            (days, units, percent(found) if found is not None else None)
            for days in PERIODS
            if (units := round(setting.traffic * sum(base.arrivals[:days])))
            and (found := effect_after(base.baseline, units, setting)) is not None
        ],
        "other": plan(base.baseline, base.arrivals, effect, other),
    }


def remembered_base_rate(schema: str, metric: Metric) -> BaseRate | None:
    """Kept for an hour; without Valkey it is counted for each reader."""
    key = f"{schema}:experiments:base:{metric.pk}:{metric.window_days}"
    try:
        stored = redis.run(lambda client: client.get(key))
    except redis.Unavailable:
        return base_rate(schema, metric, timezone.now())
    if stored:
        told = orjson.loads(stored)
        return BaseRate(told["shoppers"], told["arrivals"], Baseline(**told["baseline"])) if told else None
    found = base_rate(schema, metric, timezone.now())
    # When it can't be kept, the next reader counts again.
    with contextlib.suppress(redis.Unavailable):
        redis.run(lambda client: client.set(key, orjson.dumps(found), ex=KEPT_SECONDS))
    return found


tenant_site.page(
    "experiments/planner/", planner_view, name="experiment_planner", permission="experiments.view_experiment"
)
