"""Experiments: the list, one's own page, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from tenants import audit
from tenants.console import ConsoleAdmin, tenant_site
from tenants.db import connection

from .. import services
from ..models import Experiment
from ..results import last_known
from ..results.words import TONES as VERDICT_TONES
from ..results.words import Wording, ground, sentence
from .access import AccessForm
from .builder import Builder

TONES = {"running": "good", "paused": "warn", "draft": "accent"}
Status = Experiment.Status


@admin.register(Experiment, site=tenant_site)
class ExperimentAdmin(Builder, ConsoleAdmin):
    room, plural, singular = "Experiments", "Experiments", "experiment"
    empty_title = "No experiment yet"
    empty_hint = (
        "Show two kinds of shoppers two things and learn which does better: another strategy in a placement, "
        "another text in a journey. The builder asks five questions."
    )
    list_display = ("shown_name", "state", "about", "traffic_shown", "since", "verdict")
    list_filter = (("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), "simulated")
    search_fields = ("name", "key", "hypothesis")
    search_help_text = "Name, key or hypothesis"
    change_form_template = "console/experiments/experiment.html"
    fields = ()
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Experiment]:
        return super().get_queryset(request).select_related("layer", "segment").prefetch_related("variants")

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "experiments_experiment"
        own = [
            path(f"<int:pk>/{verb}/", wrap(require_POST(self._doing(verb))), name=f"{name}_{verb}")
            for verb in ("start", "pause", "resume", "ramp", "stop", "archive", "duplicate", "access")
        ]
        edit = path("<int:pk>/edit/", wrap(self.edit), name=f"{name}_edit")
        return [edit, *own, *super().get_urls()]

    # Permissions: the role's, or one on the single experiment.
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        return services.may_change(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only what never ran: what ran is archived, so that nobody's past changes."""
        if obj is None:
            return False
        return super().has_delete_permission(request, obj) and not obj.has_run

    def experiment(self, request: HttpRequest, pk: int, *, change: bool = True) -> Experiment:
        found = self.get_queryset(request).filter(pk=pk).first()
        if found is None:
            raise Http404("There is no such experiment.")
        if change and not self.has_change_permission(request, found):
            raise PermissionDenied
        return found

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        # What was counted last of all that the page shows, in one query.
        shown = list(changelist.result_list)
        known = last_known(connection.schema_name, [one.pk for one in shown])
        wording = Wording(request.tenant.currency)  # type: ignore[attr-defined]  # HostTenantMiddleware
        for one in shown:
            results = known.get(one.pk)
            one.verdict_words = sentence(results, wording) if results else ""
        changelist.result_list = shown
        return changelist

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if object_id is None or request.method == "POST":
            raise PermissionDenied
        found = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if found is not None and self.has_view_permission(request, found):
            may = self.has_change_permission(request, found)
            context = {
                "experiment": found,
                "preview": (preview := services.preview(found)),
                "serious": [overlap for overlap in preview.overlaps if overlap.serious],
                "uses": found.metrics.select_related("metric"),
                "tone": TONES.get(found.status, ""),
                "may_change": may,
                "may_add": self.has_add_permission(request),
                "may_delete": self.has_delete_permission(request, found),
                "verdict": self._verdict(request, found),
                "access": AccessForm(experiment=found) if may else None,
                "named": services.named_users(found),
            }
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _verdict(self, request: HttpRequest, found: Experiment) -> dict[str, str] | None:
        results = last_known(connection.schema_name, [found.pk]).get(found.pk)
        if results is None:
            return None
        wording = Wording(request.tenant.currency)  # type: ignore[attr-defined]  # as above
        return {
            "sentence": sentence(results, wording),
            "ground": ground(results),
            "tone": VERDICT_TONES.get(results.verdict.code, ""),
        }

    def _doing(self, verb: str) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            if verb == "duplicate":
                found = self.experiment(request, pk, change=False)
                if not self.has_add_permission(request):
                    raise PermissionDenied
            else:
                found = self.experiment(request, pk)
            try:
                done = getattr(self, f"do_{verb}")(request, found, audit.staff(request.user))
            except services.NotReady as refused:
                for problem in refused.problems:
                    messages.error(request, problem.message)
                done = found
            return redirect("admin:experiments_experiment_change", done.pk)

        return view

    def do_start(self, request: HttpRequest, found: Experiment, actor: str) -> Experiment:
        done = services.start(
            connection.schema_name, found.pk, actor=actor, overlapping="overlapping" in request.POST
        )
        messages.success(request, _("“%s” runs. Answers follow within two seconds.") % found.name)
        return done

    def do_pause(self, request: HttpRequest, found: Experiment, actor: str) -> Experiment:
        done = services.pause(connection.schema_name, found.pk, actor=actor)
        messages.success(request, _("Paused: everybody gets what there is without the experiment."))
        return done

    def do_resume(self, request: HttpRequest, found: Experiment, actor: str) -> Experiment:
        done = services.resume(connection.schema_name, found.pk, actor=actor)
        messages.success(request, _("It runs again; everybody gets the variant that they had."))
        return done

    def do_ramp(self, request: HttpRequest, found: Experiment, actor: str) -> Experiment:
        try:
            traffic = round(Decimal(request.POST.get("traffic", "")), 2)
        except InvalidOperation as error:
            words = _("Say the traffic as a number, such as 25.")
            raise services.NotReady([services.Problem("traffic", words)]) from error
        done = services.ramp(connection.schema_name, found.pk, traffic, actor=actor)
        messages.success(request, _("%s %% of the shoppers take part now.") % f"{traffic.normalize():f}")
        return done

    def do_stop(self, request: HttpRequest, found: Experiment, actor: str) -> Experiment:
        conclusion = request.POST.get("conclusion", "")[:2000]
        done = services.stop(connection.schema_name, found.pk, actor=actor, conclusion=conclusion)
        messages.success(request, _("Stopped. Its results stay; orders that come late still count."))
        return done

    def do_archive(self, request: HttpRequest, found: Experiment, actor: str) -> Experiment:
        done = services.archive(connection.schema_name, found.pk, actor=actor)
        messages.success(request, _("Archived. You find it with the filter “Archived”."))
        return done

    def do_duplicate(self, request: HttpRequest, found: Experiment, actor: str) -> Experiment:
        done = services.duplicate(connection.schema_name, found.pk, actor=actor, user=request.user)
        messages.success(request, _("A copy, with its shoppers divided anew. Nothing runs yet."))
        return done

    def do_access(self, request: HttpRequest, found: Experiment, actor: str) -> Experiment:
        form = AccessForm(request.POST, experiment=found)
        if form.is_valid():
            data = form.cleaned_data
            services.name_users(found, list(data["users"]), restricted=data["restricted"], actor=actor)
            messages.success(request, _("Who may change it is saved."))
        return found

    @display(description="Experiment", ordering="name")
    def shown_name(self, found: Experiment) -> SafeString:
        label = format_html(' <span class="pill">{}</span>', _("Simulated")) if found.simulated else ""
        return format_html("{}{}", found.name, label)

    @display(description="State", ordering="status")
    def state(self, found: Experiment) -> SafeString:
        tone = TONES.get(found.status, "")
        return format_html('<span class="pill {}">{}</span>', tone, found.get_status_display())

    @display(description="Compares")
    def about(self, found: Experiment) -> str:
        names = " · ".join(variant.name for variant in found.variants.all())
        where = found.placement or found.get_kind_display()
        return f"{where}: {names}" if names else where

    @display(description="Traffic", ordering="traffic")
    def traffic_shown(self, found: Experiment) -> str:
        return f"{found.traffic.normalize():f} %"

    @display(description="Since", ordering="started_at")
    def since(self, found: Experiment) -> SafeString | str:
        if found.started_at is None:
            return "–"
        days = ((found.stopped_at or timezone.now()) - found.started_at).days
        return format_html(
            '<time class="nowrap" data-day datetime="{}">{}</time> <span class="quiet nowrap">({})</span>',
            found.started_at.isoformat(),
            found.started_at.date(),
            _("today") if days == 0 else _("1 day") if days == 1 else _("%s days") % days,
        )

    @display(description="Result")
    def verdict(self, found: Any) -> str:
        words = getattr(found, "verdict_words", "")
        return words or (_("Open it to count") if found.has_run else "–")
