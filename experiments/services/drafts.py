"""Writing an experiment down: everything while it is a draft, words and side metrics once it has run."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

from tenants import audit, epochs

from ..models import Experiment, ExperimentMetric, Variant
from ..running import EPOCH
from .checks import NotReady, uncounted
from .lifecycle import free_key, slug

Role = ExperimentMetric.Role
# What may change after the start without changing what is being measured.
ALWAYS = ("name", "hypothesis", "conclusion")
PLANS = (
    "kind", "placement", "traffic", "layer_id", "segment_id", "minimum_effect", "planned_units", "planned_days",
    "sequential", "covariate_days",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """`payload` as experiments.subjects.cleaned gives it; `weight` in per cent."""

    name: str
    weight: Decimal
    is_control: bool = False
    payload: dict[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """`fields`: of ALWAYS and PLANS; metrics by their primary keys."""

    fields: dict[str, Any]
    variants: tuple[VariantDraft, ...]
    primary: int | None
    secondary: tuple[int, ...] = ()
    guardrails: tuple[int, ...] = ()


@transaction.atomic
def create(draft: Draft, *, actor: str, user: Any = None) -> Experiment:
    experiment = Experiment(key=free_key(draft.fields["name"]), created_by=user)
    _fill(experiment, draft)
    audit.record("experiment created", f"experiment:{experiment.pk}", actor, experiment=summary(experiment))
    return experiment


@transaction.atomic
def change(schema: str, experiment_id: int, draft: Draft, *, actor: str) -> Experiment:
    """Change a draft as a whole. Of one that has run: its words, secondary metrics and guardrails.

    What changes nothing leaves no trace. Raises `NotReady` for metrics of what was not counted from the start.
    """
    experiment = Experiment.objects.select_for_update(of=("self",)).get(pk=experiment_id)
    if experiment.has_run:
        found = uncounted(experiment, draft.secondary, draft.guardrails)
        if found:
            raise NotReady(found)
    before = summary(experiment)
    _fill(experiment, draft)
    after = summary(experiment)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        audit.record("experiment changed", f"experiment:{experiment.pk}", actor, changed=changed)
        # A metric more or less: the workers count other events.
        epochs.bump(schema, EPOCH)
    return experiment


def summary(experiment: Experiment) -> dict[str, Any]:
    """An experiment as plain JSON, as the audit shows it."""
    values = {name: getattr(experiment, name) for name in (*ALWAYS, *PLANS)}
    variants = Variant.objects.filter(experiment=experiment) if experiment.pk else []
    uses = (
        ExperimentMetric.objects.filter(experiment=experiment).select_related("metric")
        if experiment.pk
        else []
    )
    return {
        **{name: _plain(value) for name, value in values.items()},
        "variants": [[v.key, v.name, _plain(v.weight), v.is_control, v.payload] for v in variants],
        "metrics": [[use.metric.key, use.role] for use in uses],
    }


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _fill(experiment: Experiment, draft: Draft) -> None:
    for name in ALWAYS if experiment.has_run else (*ALWAYS, *PLANS):
        if name in draft.fields:
            setattr(experiment, name, draft.fields[name])
    experiment.save()
    if not experiment.has_run:
        _fill_variants(experiment, draft.variants)
    _fill_metrics(experiment, draft)


def _fill_variants(experiment: Experiment, drafts: tuple[VariantDraft, ...]) -> None:
    known = {variant.key: variant for variant in experiment.variants.all()}
    keys: list[str] = []
    for draft in drafts:
        key = draft.key if draft.key in known else _key(draft.name, {*keys, *known})
        keys.append(key)
    experiment.variants.exclude(key__in=keys).delete()
    # The control's place is one: nobody has it while the rows are written.
    experiment.variants.update(is_control=False)
    for position, (key, draft) in enumerate(zip(keys, drafts, strict=True)):
        Variant.objects.update_or_create(
            experiment=experiment,
            key=key,
            defaults={
                "name": draft.name,
                "position": position,
                "weight": draft.weight,
                "is_control": draft.is_control,
                "payload": draft.payload,
            },
        )


def _fill_metrics(experiment: Experiment, draft: Draft) -> None:
    wanted: dict[int, str] = dict.fromkeys(draft.secondary, Role.SECONDARY)
    wanted.update(dict.fromkeys(draft.guardrails, Role.GUARDRAIL))
    primary = draft.primary
    if experiment.has_run:
        # What decides was said before the start.
        primary = experiment.metrics.filter(role=Role.PRIMARY).values_list("metric_id", flat=True).first()
    if primary is not None:
        wanted = {primary: Role.PRIMARY, **{pk: role for pk, role in wanted.items() if pk != primary}}
    experiment.metrics.exclude(metric_id__in=wanted).delete()
    experiment.metrics.filter(role=Role.PRIMARY).exclude(metric_id=primary or 0).update(role=Role.SECONDARY)
    for position, (metric_id, role) in enumerate(wanted.items()):
        ExperimentMetric.objects.update_or_create(
            experiment=experiment, metric_id=metric_id, defaults={"role": role, "position": position}
        )


def _key(name: str, taken: set[str]) -> str:
    stem = slug(name)[:32].strip("-") or "variant"
    if stem not in taken:
        return stem
    return next(key for number in range(2, len(taken) + 3) if (key := f"{stem}-{number}") not in taken)
