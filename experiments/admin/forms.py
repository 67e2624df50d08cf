"""The builder's form: one for the experiment, one per variant, and both together as a draft."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from profiles.segments.models import Segment

from ..models import Experiment, ExperimentMetric, Layer, Metric
from ..services import Draft, VariantDraft
from ..subjects import VariantField, cleaned, subject_of

Role = ExperimentMetric.Role
LEAST_VARIANTS, MOST_VARIANTS = 2, 6


def _select(**kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(widget=UnfoldAdminSelectWidget(), **kwargs)


def _number(least: int, most: int, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(
        min_value=least, max_value=most, widget=UnfoldAdminIntegerFieldWidget(), **kwargs
    )


def _percent(least: str, most: str, **kwargs: Any) -> forms.DecimalField:
    return forms.DecimalField(
        min_value=Decimal(least),
        max_value=Decimal(most),
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
        **kwargs,
    )


class ExperimentForm(forms.Form):
    """Everything but the variants. `steps` says which field belongs to which step of the builder."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=UnfoldAdminTextInputWidget())
    hypothesis = forms.CharField(
        label=_("What do you expect, and why?"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    kind = _select(label=_("What is compared"), choices=Experiment.Kind.choices)
    placement = _select(label=_("Placement"), required=False)
    segment = _select(label=_("Who"), required=False)
    traffic = _percent(
        "0.01", "100", label=_("Traffic, per cent"), initial=100, help_text=_("How many of them take part.")
    )
    layer = _select(
        label=_("Layer"),
        required=False,
        help_text=_(
            "Experiments of one layer never share a shopper; their traffic adds up to 100 % at most."
        ),
    )
    primary = _select(label=_("The metric that decides"))
    secondary = forms.MultipleChoiceField(
        label=_("Others that explain it"), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )
    guardrails = forms.MultipleChoiceField(
        label=_("Guardrails: these must not get worse"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )
    minimum_effect = _percent(
        "0.1",
        "500",
        label=_("Smallest difference worth finding, per cent"),
        initial=5,
        help_text=_("Relative: 5 means from 2.00 % to 2.10 %."),
    )
    planned_days = _number(1, 365, label=_("Days it shall run"), initial=14)
    planned_units = _number(
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
    covariate_days = _number(
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
        metrics = [(str(m.pk), m.name) for m in Metric.objects.filter(archived=False)]
        segments = Segment.objects.filter(status=Segment.Status.LIVE)
        subject = subject_of(Experiment.Kind.PLACEMENT)
        choices: dict[str, list[tuple[str, Any]]] = {
            "placement": subject.targets() if subject else [],
            "segment": [("", _("Everybody")), *((str(s.pk), s.name) for s in segments)],
            "layer": [
                ("", _("None: it may overlap others")),
                *((str(x.pk), x.name) for x in Layer.objects.all()),
            ],
            "primary": [("", _("Choose a metric")), *metrics],
            "secondary": metrics,
            "guardrails": metrics,
        }
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


class VariantForm(forms.Form):
    """A variant; what it may change comes from the subject, as fields named change_…"""

    key = forms.CharField(required=False, widget=forms.HiddenInput())
    name = forms.CharField(label=_("Name"), max_length=80, widget=UnfoldAdminTextInputWidget())
    weight = _percent("0", "100", label=_("Share, %"))

    def __init__(self, *args: Any, changes: list[VariantField], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.changes = changes
        for change in changes:
            if change.kind == "number":
                field: forms.Field = _number(change.least, change.most, required=False)
                field.widget.attrs["placeholder"] = _("as it is")
            else:
                field = _select(required=False, choices=[("", _("as it is")), *change.choices])
            field.label, field.help_text = change.label, change.help
            self.fields[f"change_{change.name}"] = field

    @property
    def change_fields(self) -> list[Any]:
        return [self[f"change_{change.name}"] for change in self.changes]

    def draft(self, *, is_control: bool, with_changes: bool) -> VariantDraft:
        data = self.cleaned_data
        given = {change.name: data.get(f"change_{change.name}") for change in self.changes}
        return VariantDraft(
            name=data["name"].strip(),
            weight=data["weight"],
            is_control=is_control,
            payload=cleaned(self.changes, given) if with_changes else {},
            key=data.get("key", ""),
        )


class BaseVariants(forms.BaseFormSet):
    """All variants; the control is the one whose number the radio button `control` sends."""

    default_error_messages = {
        **forms.BaseFormSet.default_error_messages,
        "too_few_forms": _("Compare at least two variants."),
        "too_many_forms": _("At most six variants can be compared at once."),
    }

    @property
    def control(self) -> int:
        value = self.data.get("control", "") if self.is_bound else ""
        if value.isdigit():
            return int(value)
        return next((i for i, row in enumerate(self.initial or []) if row.get("is_control")), 0)

    def kept(self) -> list[Any]:
        """Without those that were taken out, and those that were added and left empty."""
        return [
            form
            for form in self.forms
            if not getattr(form, "cleaned_data", {}).get("DELETE")
            and (form.has_changed() or not form.empty_permitted)
        ]

    def clean(self) -> None:
        forms_kept = self.kept()
        if any(form.errors for form in forms_kept):
            return
        total = sum((form.cleaned_data.get("weight", Decimal(0)) for form in forms_kept), Decimal(0))
        if total != 100:
            raise ValidationError(
                _("The shares sum to %(total)s %%; they must sum to 100 %%."),
                params={"total": f"{total.normalize():f}"},
            )
        names = [form.cleaned_data["name"].strip().casefold() for form in forms_kept]
        if len(set(names)) < len(names):
            raise ValidationError(_("Two variants have the same name."))
        if self.control >= len(self.forms) or self.forms[self.control] not in forms_kept:
            raise ValidationError(_("Say which variant is the control."))


VariantFormSet = forms.formset_factory(
    VariantForm,
    formset=BaseVariants,
    extra=0,
    can_delete=True,
    min_num=LEAST_VARIANTS,
    max_num=MOST_VARIANTS,
    validate_min=True,
    validate_max=True,
)


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


NEW_VARIANTS = [
    {"name": _("As it is"), "weight": 50, "is_control": True},
    {"name": _("New"), "weight": 50},
]


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
