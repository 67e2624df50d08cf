"""The builder: five steps in one form, for a new experiment and for one that exists."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import audit
from tenants.db import connection

from .. import services
from ..models import Experiment
from ..subjects import subject_of
from .forms import ExperimentForm, as_draft, initial_of, new_experiment
from .variant_forms import NEW_VARIANTS, VariantFormSet

STEPS = (
    ("what", gettext_lazy("What"), gettext_lazy("What is compared, and what do you expect?")),
    ("variants", gettext_lazy("Variants"), gettext_lazy("What does each group of shoppers get?")),
    ("who", gettext_lazy("Who"), gettext_lazy("Which shoppers take part?")),
    (
        "metrics",
        gettext_lazy("Metrics"),
        gettext_lazy("What decides, what explains, what must not get worse?"),
    ),
    ("plan", gettext_lazy("How long"), gettext_lazy("How small a difference do you want to find?")),
)


class Builder:
    """Mixed into ExperimentAdmin."""

    admin_site: Any
    page: Any
    experiment: Any
    has_add_permission: Any

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        wanted = {name: request.GET[name] for name in ("kind", "placement") if name in request.GET}
        form, variants = self._forms(request, None, {**new_experiment(), **wanted}, NEW_VARIANTS)
        if request.method == "POST" and self._valid(form, variants):
            made = services.create(
                as_draft(form, variants), actor=audit.staff(request.user), user=request.user
            )
            messages.success(request, _("Saved as a draft. Nothing runs before you start it."))
            return redirect("admin:experiments_experiment_change", made.pk)
        return self._page(request, None, form, variants)

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        found: Experiment = self.experiment(request, pk)
        form, variants = self._forms(request, found, *initial_of(found))
        if request.method == "POST" and self._valid(form, None if found.has_run else variants):
            draft = as_draft(form, variants) if not found.has_run else _words_of(form)
            try:
                services.change(connection.schema_name, found.pk, draft, actor=audit.staff(request.user))
            except services.NotReady as refused:
                for problem in refused.problems:
                    form.add_error(problem.field, problem.message)
            else:
                messages.success(request, _("Saved."))
                return redirect("admin:experiments_experiment_change", found.pk)
        return self._page(request, found, form, variants)

    def _forms(
        self,
        request: HttpRequest,
        found: Experiment | None,
        first: dict[str, Any],
        rows: list[dict[str, Any]],
    ) -> tuple[ExperimentForm, Any]:
        data = request.POST if request.method == "POST" else None
        subject = subject_of(Experiment.Kind.PLACEMENT)
        changes = {"changes": subject.fields() if subject else []}
        form = ExperimentForm(data, initial=first, experiment=found)
        bound = data if found is None or not found.has_run else None
        return form, VariantFormSet(bound, initial=rows, prefix="variants", form_kwargs=changes)

    def _valid(self, form: ExperimentForm, variants: Any) -> bool:
        # Both, so that every mistake is shown at once.
        right = form.is_valid()
        return (variants is None or variants.is_valid()) and right

    def _page(
        self, request: HttpRequest, found: Experiment | None, form: ExperimentForm, variants: Any
    ) -> HttpResponse:
        title = _("Edit %s") % found.name if found else _("New experiment")
        fields = dict(form.steps)
        wrong = {name for name, names in form.steps if any(form[field].errors for field in names)}
        if variants.is_bound and (variants.non_form_errors() or any(variants.errors)):
            wrong.add("variants")
        return self.page(
            request,
            "console/experiments/builder.html",
            title,
            status=422 if wrong else 200,
            experiment=found,
            form=form,
            variants=variants,
            steps=[
                {
                    "key": key,
                    "name": name,
                    "question": question,
                    "fields": [form[field] for field in fields[key]],
                    "wrong": key in wrong,
                }
                for key, name, question in STEPS
            ],
            first=next((key for key, *_rest in STEPS if key in wrong), STEPS[0][0]),
            fixed=found is not None and found.has_run,
        )


def _words_of(form: ExperimentForm) -> services.Draft:
    """Of an experiment that has run only this may change."""
    data = form.cleaned_data
    return services.Draft(
        fields={"name": data["name"].strip(), "hypothesis": data["hypothesis"].strip()},
        variants=(),
        primary=None,
        secondary=tuple(int(pk) for pk in data["secondary"]),
        guardrails=tuple(int(pk) for pk in data["guardrails"]),
    )
