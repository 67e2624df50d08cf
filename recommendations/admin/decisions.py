"""Decisions: every answer, and why it was so."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from catalog.models import Item
from profiles.admin import people
from profiles.models import Profile
from tenants.console import ReadOnlyAdmin, tenant_site

from ..models import Decision, ModelVersion, Placement
from .decision_view import story

_TONE = {"served": "good", "fallback": "warn", "blocked": "bad"}


class PlacementFilter(DropdownFilter):
    title = "placement"
    parameter_name = "placement"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Placement.objects.values_list("key", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        return queryset.filter(placement=self.value()) if self.value() else queryset


class OutcomeFilter(PlacementFilter):
    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in _TONE]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        return queryset.filter(outcome=self.value()) if self.value() else queryset


class ModelFilter(PlacementFilter):
    title = "model"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(version, version) for version in ModelVersion.objects.values_list("version", flat=True)[:30]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        return queryset.filter(model_version=self.value()) if self.value() else queryset


@admin.register(Decision, site=tenant_site)
class DecisionAdmin(ReadOnlyAdmin):
    room, plural, singular = "Recommendations", "Decisions", "decision"
    empty_title = "No decision yet"
    empty_hint = "Each answer of GET /api/v1/recommendations is kept here with everything that made it."
    list_display = (
        "when",
        "shopper",
        "first_items",
        "shown_placement",
        "shown_outcome",
        "model_version",
        "time_taken",
    )
    list_display_links = ("when",)
    list_filter = (OutcomeFilter, PlacementFilter, ModelFilter, ("at", RangeDateTimeFilter))
    search_fields = ("id",)
    search_help_text = "Exact user id, e-mail or decision id"
    change_form_template = "console/decision.html"
    fields = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Decision], search_term: str
    ) -> tuple[QuerySet[Decision], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(pk=uuid.UUID(term)), False
        except ValueError:
            tenant_id = request.tenant.pk  # type: ignore[attr-defined]  # HostTenantMiddleware
            return queryset.filter(profile_id__in=people.find(tenant_id, term)), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        changes = getattr(response, "context_data", None) or {}
        if "cl" in changes:
            _attach(request, changes["cl"].result_list)
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        decision = self.get_object(request, object_id) if object_id else None
        if decision is not None:
            profile = Profile.objects.filter(pk=decision.profile_id).first() if decision.profile_id else None
            known = people.names(request, [profile.pk]) if profile else {}
            extra_context = {
                **self.crumbs(("Why this?", None)),
                "title": "Why this?",
                "decision": decision,
                "story": story(decision.trace),
                "trace": decision.trace,
                "profile": profile,
                "profile_name": known.get(profile.pk, str(profile)) if profile else "",
                "placement": Placement.objects.filter(key=decision.placement).first(),
                "tone": _TONE.get(decision.outcome, ""),
                "raw": orjson.dumps(decision.trace, option=orjson.OPT_INDENT_2).decode(),
                **(extra_context or {}),
            }
        return super().changeform_view(request, object_id, form_url, extra_context)

    @display(description="When", ordering="at")
    def when(self, decision: Decision) -> SafeString:
        return format_html(
            '<time class="nowrap" datetime="{}">{}</time>', decision.at.isoformat(), decision.at
        )

    @display(description="Shopper")
    def shopper(self, decision: Any) -> SafeString | str:
        if not decision.profile_id:
            return "Not known"
        link = reverse("admin:profiles_profile_change", args=[decision.profile_id])
        return format_html('<a class="nowrap" href="{}">{}</a>', link, decision.shopper_name)

    @display(description="First items")
    def first_items(self, decision: Any) -> str:
        return ", ".join(decision.first_titles) or "–"

    @display(description="Placement", ordering="placement")
    def shown_placement(self, decision: Decision) -> str:
        return decision.placement.capitalize()

    @display(description="Outcome", ordering="outcome")
    def shown_outcome(self, decision: Decision) -> SafeString:
        tone = _TONE.get(decision.outcome, "")
        return format_html('<span class="pill {}">{}</span>', tone, decision.outcome.capitalize())

    @display(description="Time")
    def time_taken(self, decision: Decision) -> SafeString:
        total = sum(float(stage.get("ms") or 0) for stage in decision.trace.get("stages") or [])
        return format_html('<span class="nowrap">{} ms</span>', f"{total:.1f}")


def _attach(request: HttpRequest, decisions: Any) -> None:
    """Names and titles of one page of decisions in a few statements instead of a few per row."""
    ids = {d.profile_id for d in decisions if d.profile_id}
    names = people.names(request, ids)
    pseudonyms = {p.pk: str(p) for p in Profile.objects.filter(pk__in=ids - names.keys()).only("uuid")}
    first = {d.pk: [str(i.get("item_id")) for i in (d.trace.get("items") or [])[:2]] for d in decisions}
    wanted = {item_id for item_ids in first.values() for item_id in item_ids}
    titles = dict(Item.objects.filter(external_id__in=wanted).values_list("external_id", "title"))
    for decision in decisions:
        decision.shopper_name = names.get(decision.profile_id) or pseudonyms.get(
            decision.profile_id, "Forgotten"
        )
        decision.first_titles = [titles.get(item_id, item_id) for item_id in first[decision.pk]]
