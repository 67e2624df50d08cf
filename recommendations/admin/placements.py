"""Where recommendations are shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from tenants.console import ConsoleAdmin, tenant_site

from ..models import Placement


@admin.register(Placement, site=tenant_site)
class PlacementAdmin(ConsoleAdmin):
    room, plural, singular, epoch = "Recommendations", "Placements", "placement", "rules"
    empty_title = "No placement yet"
    empty_hint = "A placement is a spot on a page, in an app or in a message that shows recommendations."
    list_display = ("name", "key", "strategy", "size", "max_per_category", "rule_count", "shown_enabled")
    list_filter = (("strategy", ChoicesDropdownFilter), "enabled")
    search_fields = ("name", "key")
    search_help_text = "Name or key"
    fields = ("name", "key", "strategy", "size", "max_per_category", "enabled")
    prepopulated_fields = {"key": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Placement]:
        return (
            super().get_queryset(request).annotate(active_rules=Count("rules", filter=Q(rules__enabled=True)))
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Shops name it in their requests: a new key would break them.
        return ("key",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"key": ("name",)}

    @display(description="Rules here", ordering="active_rules")
    def rule_count(self, placement: Any) -> int:
        return placement.active_rules

    @display(description="State", ordering="enabled")
    def shown_enabled(self, placement: Placement) -> SafeString:
        on = placement.enabled
        return format_html('<span class="pill {}">{}</span>', "good" if on else "", "On" if on else "Off")
