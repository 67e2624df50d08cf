"""Results of experiments over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api import requires, scope_of
from tenants.problems import Problem
from tenants.views import ApiView

from . import services
from .models import Experiment
from .results import LookBack, MetricResult, Results, latest
from .results.words import Wording, sentence
from .stats import Code, Comparison, Interval


class IntervalDocument(serializers.Serializer):
    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ComparisonDocument(serializers.Serializer):
    """Differences are in the metric's unit, lifts are shares of control: 0.1 is 10 %."""

    variant = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    control = serializers.FloatField(allow_null=True)
    difference = IntervalDocument(allow_null=True, help_text="for one look, when the plan is complete")
    lift = IntervalDocument(allow_null=True)
    p_value = serializers.FloatField(allow_null=True)
    always_valid_difference = IntervalDocument(allow_null=True, help_text="holds however often you look")
    always_valid_lift = IntervalDocument(allow_null=True)
    always_valid_p_value = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="why there is no interval")


class LookDocument(serializers.Serializer):
    at = serializers.DateTimeField()
    units = serializers.IntegerField()
    comparisons = ComparisonDocument(many=True)


class MetricDocument(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(["proportion", "mean", "ratio"])
    role = serializers.ChoiceField(["primary", "secondary", "guardrail"])
    higher_is_better = serializers.BooleanField()
    window_days = serializers.IntegerField()
    open_windows = serializers.IntegerField(help_text="shoppers whose window has not closed yet")
    variance_reduction = serializers.FloatField(help_text="the share that CUPED took out; 0 without")
    comparisons = ComparisonDocument(many=True)
    looks = LookDocument(many=True, help_text="the metric as it stood at about 30 moments")


class VariantDocument(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    control = serializers.BooleanField()
    weight = serializers.FloatField(help_text="per cent")
    units = serializers.IntegerField()


class VerdictDocument(serializers.Serializer):
    code = serializers.ChoiceField([str(code) for code in Code])
    sentence = serializers.CharField()
    variant = serializers.CharField(allow_blank=True)
    metric = serializers.CharField(allow_blank=True)
    always_valid = serializers.BooleanField(help_text="whether the always-valid interval decided")


class SplitDocument(serializers.Serializer):
    broken = serializers.BooleanField()
    p_value = serializers.FloatField(allow_null=True)


class OverlapDocument(serializers.Serializer):
    """Another experiment that ran in the same placement at the same time, and may have met the same shoppers."""

    key = serializers.CharField()
    name = serializers.CharField()
    same_change = serializers.BooleanField(
        help_text="both change the same thing: whoever started first has the shoppers of both, nobody saw a mixture"
    )
    earlier = serializers.BooleanField(help_text="the other one started first")


class ResultsDocument(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(Experiment.Status.choices)
    simulated = serializers.BooleanField(help_text="the shoppers are simulated")
    as_of = serializers.DateTimeField()
    units = serializers.IntegerField()
    crossed_units = serializers.IntegerField(help_text="seen in two variants, counted for none")
    planned_units = serializers.IntegerField(help_text="0: days were planned instead")
    plan_complete = serializers.BooleanField(
        help_text="planned shoppers have come, their windows have closed"
    )
    verdict = VerdictDocument()
    split = SplitDocument()
    variants = VariantDocument(many=True)
    metrics = MetricDocument(many=True)
    overlaps = OverlapDocument(many=True)


class ExperimentResultsView(ApiView):
    permission_classes = [requires("experiments:read")]

    @extend_schema(
        operation_id="experiment_results",
        summary="Read the results of an experiment",
        description="Counted at most once a minute. Money is in the tenant's currency.",
        responses={200: ResultsDocument},
    )
    def get(self, request: Request, key: str) -> Response:
        scope = scope_of(request._request)
        experiment = Experiment.objects.filter(key=key).first()
        if experiment is None:
            raise Problem(404, "unknown_experiment", f"There is no experiment “{key[:60]}”.")
        results = latest(scope.schema, experiment)
        if results is None:
            raise Problem(
                409, "not_started", f"The experiment “{key}” has not been started, so it has no results."
            )
        return Response(document(experiment, results, Wording(scope.currency)))


def document(experiment: Experiment, results: Results, wording: Wording) -> dict[str, Any]:
    verdict = results.verdict
    return {
        "key": experiment.key,
        "name": experiment.name,
        "status": experiment.status,
        "simulated": experiment.simulated,
        "as_of": _moment(results.as_of),
        "units": results.units,
        "crossed_units": results.crossed,
        "planned_units": results.planned_units,
        "plan_complete": results.complete,
        "verdict": {
            "code": str(verdict.code),
            "sentence": sentence(results, wording),
            "variant": verdict.arm,
            "metric": verdict.metric or (results.primary.key if results.primary else ""),
            "always_valid": verdict.sequential,
        },
        "split": {"broken": results.split.broken, "p_value": results.split.p_value},
        "variants": [
            {
                "key": arm.key,
                "name": arm.name,
                "control": arm.is_control,
                "weight": arm.weight,
                "units": arm.units,
            }
            for arm in results.arms
        ],
        "metrics": [_metric(metric) for metric in results.metrics],
        "overlaps": [
            {
                "key": beside.other.key,
                "name": beside.other.name,
                "same_change": beside.same_change,
                "earlier": beside.earlier,
            }
            for beside in services.at_once(experiment)
        ],
    }


def _metric(metric: MetricResult) -> dict[str, Any]:
    return {
        "key": metric.key,
        "name": metric.name,
        "kind": metric.kind,
        "role": metric.role,
        "higher_is_better": metric.higher_is_better,
        "window_days": metric.window_days,
        "open_windows": metric.pending,
        "variance_reduction": metric.adjustment.reduction if metric.adjustment else 0.0,
        "comparisons": _comparisons(metric.comparisons),
        "looks": [_look(look) for look in metric.looks],
    }


def _look(look: LookBack) -> dict[str, Any]:
    return {"at": _moment(look.at), "units": look.units, "comparisons": _comparisons(look.comparisons)}


def _comparisons(found: dict[str, Comparison]) -> list[dict[str, Any]]:
    return [
        {
            "variant": variant,
            "value": c.treatment.value if c.treatment else None,
            "control": c.control.value if c.control else None,
            "difference": _interval(c.fixed),
            "lift": _interval(c.fixed_lift),
            "p_value": c.p_value,
            "always_valid_difference": _interval(c.sequential),
            "always_valid_lift": _interval(c.sequential_lift),
            "always_valid_p_value": c.sequential_p_value,
            "reason": c.reason,
        }
        for variant, c in found.items()
    ]


def _interval(interval: Interval | None) -> dict[str, float] | None:
    return {"value": interval.value, "low": interval.low, "high": interval.high} if interval else None


def _moment(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)
