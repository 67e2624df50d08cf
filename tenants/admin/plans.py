"""Plans and their limits."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from tenants import keyring
from tenants.console import ConsoleAdmin, operator_site

from ..models import Plan


@admin.register(Plan, site=operator_site)
class PlanAdmin(ConsoleAdmin):
    room, plural, singular = "Tenants", "Plans", "plan"
    empty_title = "No plan yet"
    empty_hint = (
        "A plan sets what a tenant may use: requests a second, events a day, profiles, spending on models."
    )
    list_display = (
        "name",
        "requests_per_second",
        "events_per_day",
        "profiles",
        "llm_dollars_per_day",
        "tenant_count",
    )
    search_fields = ("name",)
    search_help_text = "Name"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).annotate(used_by=Count("tenants"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        # Limits are part of what the door remembers of a key.
        keyring.changed()

    @display(description="Tenants", ordering="used_by")
    def tenant_count(self, plan: Any) -> int:
        return plan.used_by
