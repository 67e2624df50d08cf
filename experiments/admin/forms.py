"""The builder's form: one for the experiment, one per variant, and both together as a draft."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from ..models import Experiment, ExperimentMetric, Metric
from ..services import Draft
from .choices import choices_for
from .inputs import number, percent, select

Role = ExperimentMetric.Role


class ExperimentForm(forms.Form):
    """Everything but the variants. `steps` says which field belongs to which step of the builder."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=UnfoldAdminTextInputWidget())
    hypothesis = forms.CharField(
        label=_("What do you expect, and why?"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    kind = select(label=_("What is compared"), choices=Experiment.Kind.choices)
    placement = select(label=_("Placement"), required=False)
    segment = select(label=_("Who"), required=False)
    traffic = percent(
        "0.01", "100", label=_("Traffic, per cent"), initial=100, help_text=_("How many of them take part.")
    )
    layer = select(
        label=_("Layer"),
        required=False,
        help_text=_(
            "Experiments of one layer never share a shopper; their traffic adds up to 100 % at most."
        ),
    )
    primary = select(label=_("The metric that decides"))
    secondary = forms.MultipleChoiceField(
        label=_("Others that explain it"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )
    guardrails = forms.MultipleChoiceField(
        label=_("Guardrails: these must not get worse"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )
    minimum_effect = percent(
        "0.1",
        "500",
        label=_("Smallest difference worth finding, per cent"),
        initial=5,
        help_text=_("Relative: 5 means from 2.00 % to 2.10 %."),
    )
    planned_days = number(1, 365, label=_("Days it shall run"), initial=14)
    planned_units = number(
        0,
        100_000_000,
        label=_("Shoppers per variant"),
        initial=0,
        help_text=_("From the planner; 0 when only the days count."),
    )
    sequential = forms.BooleanField(
        label=_("I want to look at results while it runs"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Intervals are a little wider and stay right however often you look."),
    )
    covariate_days = number(
        0,
        365,
        label=_("Days before the exposure that are used to sharpen results"),
        initial=28,
        help_text=_("CUPED: what shoppers did before explains much of what they do after. 0 turns it off."),
    )

    steps = (
        ("what", ("name", "hypothesis", "kind", "placement")),
        ("variants", ()),
        ("who", ("segment", "traffic", "layer")),
        ("metrics", ("primary", "secondary", "guardrails")),
        ("plan", ("minimum_effect", "planned_days", "planned_units", "sequential", "covariate_days")),
    )

    def __init__(self, *args: Any, experiment: Experiment | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = choices_for(experiment)
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]
        if experiment is not None and experiment.has_run:
            for name in self.fields:
                if name not in ("name", "hypothesis", "secondary", "guardrails"):
                    self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("kind") == Experiment.Kind.PLACEMENT and not data.get("placement"):
            self.add_error("placement", _("Choose the placement."))
        twice = {*data.get("secondary", []), *data.get("guardrails", [])} & {data.get("primary")}
        both = set(data.get("secondary", [])) & set(data.get("guardrails", []))
        if twice or both:
            names = dict(self.fields["secondary"].choices)  # type: ignore[attr-defined]
            self.add_error(
                "guardrails" if both else "secondary",
                _("%s has two parts here; leave it in one.") % ", ".join(names[pk] for pk in twice | both),
            )
        return data


def as_draft(form: ExperimentForm, variants: Any) -> Draft:
    """Both valid forms as the service takes them."""
    data = form.cleaned_data
    placement = data["kind"] == Experiment.Kind.PLACEMENT
    fields = {
        "name": data["name"].strip(),
        "hypothesis": data["hypothesis"].strip(),
        "kind": data["kind"],
        "placement": data["placement"] if placement else "",
        "traffic": Decimal(100) if data["kind"] == Experiment.Kind.HOLDOUT else data["traffic"],
        "layer_id": int(data["layer"]) if data["layer"] else None,
        "segment_id": int(data["segment"]) if data["segment"] else None,
        "minimum_effect": float(data["minimum_effect"]) / 100,
        "planned_units": data["planned_units"],
        "planned_days": data["planned_days"],
        "sequential": data["sequential"],
        "covariate_days": data["covariate_days"],
    }
    control = variants.forms[variants.control]
    return Draft(
        fields=fields,
        variants=tuple(v.draft(is_control=v is control, with_changes=placement) for v in variants.kept()),
        primary=int(data["primary"]) if data["primary"] else None,
        secondary=tuple(int(pk) for pk in data["secondary"]),
        guardrails=tuple(int(pk) for pk in data["guardrails"]),
    )


def initial_of(experiment: Experiment) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the forms of an existing experiment begin with: (experiment's, one per variant)."""
    uses = list(experiment.metrics.all())

    def of(role: str) -> list[str]:
        return [str(use.metric_id) for use in uses if use.role == role]

    first = {
        "name": experiment.name,
        "hypothesis": experiment.hypothesis,
        "kind": experiment.kind,
        "placement": experiment.placement,
        "segment": str(experiment.segment_id or ""),
        "traffic": experiment.traffic.normalize(),
        "layer": str(experiment.layer_id or ""),
        "primary": next(iter(of(Role.PRIMARY)), ""),
        "secondary": of(Role.SECONDARY),
        "guardrails": of(Role.GUARDRAIL),
        "minimum_effect": f"{experiment.minimum_effect * 100:g}",
        "planned_days": experiment.planned_days,
        "planned_units": experiment.planned_units,
        "sequential": experiment.sequential,
        "covariate_days": experiment.covariate_days,
    }
    rows = [
        {
            "key": variant.key,
            "name": variant.name,
            "weight": f"{variant.weight.normalize():f}",
            "is_control": variant.is_control,
            **{f"change_{name}": value for name, value in variant.payload.items()},
        }
        for variant in experiment.variants.all()
    ]
    return first, rows


def new_experiment() -> dict[str, Any]:
    """What a new experiment begins with: the home page, clicks decide, orders and revenue explain."""
    usual = dict(Metric.objects.filter(archived=False).values_list("key", "pk"))
    explaining = [str(usual[key]) for key in ("conversion", "revenue-per-shopper") if key in usual]
    return {
        "kind": Experiment.Kind.PLACEMENT,
        "placement": "home",
        "primary": str(usual.get("click-through", "")),
        "secondary": explaining,
    }
