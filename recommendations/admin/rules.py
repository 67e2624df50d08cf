"""Merchandising rules: what to pin, boost, bury, show only, never show."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from catalog.models import Item
from catalog.suggest import suggest
from tenants.console import ConsoleAdmin, tenant_site

from ..models import Rule
from ..rules.selectors import matching_items
from .rule_form import RuleForm, match_of
from .rule_match import described

SHOWN = 8
_TONE = {"pin": "accent", "boost": "good", "bury": "warn", "filter": "accent", "exclude": "bad"}


@admin.register(Rule, site=tenant_site)
class RuleAdmin(ConsoleAdmin):
    room, plural, singular, epoch = "Recommendations", "Rules", "rule", "rules"
    empty_title = "No rule yet"
    empty_hint = (
        "A rule pins, boosts, buries, filters or excludes items, everywhere or in one placement, for a time."
    )
    form = RuleForm
    list_display = ("name", "shown_action", "about", "shown_placement", "state", "updated_at")
    list_filter = (("action", ChoicesDropdownFilter), ("placement", RelatedDropdownFilter), "enabled")
    list_select_related = ("placement",)
    search_fields = ("name",)
    search_help_text = "Name"
    change_form_after_template = "console/rule_preview.html"
    conditional_fields = {"position": "action == 'pin'", "weight": "action == 'boost' || action == 'bury'"}
    fieldsets = (
        (None, {"fields": ("name", "action", "position", "weight", "placement", "enabled")}),
        (
            "Which items",
            {
                "fields": ("item_ids", "categories", "brands", ("price_min", "price_max")),
                "description": "All that you fill in must hold.",
            },
        ),
        ("When", {"fields": ("starts_at", "ends_at"), "description": "Leave both empty for “always”."}),
    )

    class Media:
        js = ("console/picker.js",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "placement" and field is not None:
            # Placements have a page of their own; the menu beside the box would only be in the way.
            field.widget = field.widget.widget
            field.empty_label = "Everywhere"
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("preview/", wrap(self.preview), name="rule_preview"),
            path("find/<slug:kind>/", wrap(self.find), name="rule_find"),
        ]
        return own + super().get_urls()

    def preview(self, request: HttpRequest) -> HttpResponse:
        """How many items the form as it stands matches, and some of them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = RuleForm(request.POST)
        form.is_valid()
        items = matching_items(match_of(form.cleaned_data))
        context = {
            "count": items.count(),
            "sellable": items.filter(status=Item.Status.ACTIVE, available=True, banned=False).count(),
            "items": items.order_by("title")[:SHOWN],
            "action": form.cleaned_data.get("action"),
        }
        return render(request, "console/parts/rule_matches.html", context)

    def find(self, request: HttpRequest, kind: str) -> JsonResponse:
        """Suggestions for the pickers: {"results": [{"value", "label", "hint"}]}."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = suggest(kind, request.GET.get("q", "").strip(), request.GET.getlist("is"))
        return JsonResponse({"results": found})

    @display(description="Does", ordering="action")
    def shown_action(self, rule: Rule) -> SafeString:
        text = rule.get_action_display()
        if rule.action == Rule.Action.PIN:
            text = f"Pin to {rule.position}"
        elif rule.action in (Rule.Action.BOOST, Rule.Action.BURY):
            text = (
                f"{text} × {rule.weight:g}"
                if rule.action == Rule.Action.BOOST
                else f"{text} ÷ {rule.weight:g}"
            )
        return format_html('<span class="pill {}">{}</span>', _TONE[rule.action], text)

    @display(description="Items")
    def about(self, rule: Rule) -> str:
        return described(rule.match) or "–"

    @display(description="Where", ordering="placement")
    def shown_placement(self, rule: Rule) -> str:
        return rule.placement.name if rule.placement else "Everywhere"

    @display(description="State", ordering="enabled")
    def state(self, rule: Rule) -> SafeString:
        now = timezone.now()
        tone, text = "good", "Running"
        if not rule.enabled:
            tone, text = "", "Off"
        elif rule.starts_at and rule.starts_at > now:
            tone, text = "warn", "Starts later"
        elif rule.ends_at and rule.ends_at <= now:
            tone, text = "", "Over"
        return format_html('<span class="pill {}">{}</span>', tone, text)
