"""The catalogue's pages: items with their variants, and what became of each import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from tenants.console import ConsoleAdmin, ReadOnlyAdmin, tenant_site

from .models import ImportRun, Item, Promotion, Variant

# The same expression as the index "item_search".
_SEARCH = SearchVector("title", "brand", "category", config="english")


class DepartmentFilter(DropdownFilter):
    title = "category"
    parameter_name = "department"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT split_part(category, ' > ', 1) FROM catalog_item WHERE category <> '' ORDER BY 1"
            )
            names = [row[0] for row in cursor.fetchall()]
        yield from ((name, name) for name in names)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Item]) -> QuerySet[Item]:
        chosen = self.value()
        if not chosen:
            return queryset
        return queryset.filter(Q(category=chosen) | Q(category__startswith=f"{chosen} > "))


class VariantInline(TabularInline):
    model = Variant
    extra = 0
    can_delete = False
    fields = readonly_fields = ("external_id", "title", "price", "available")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("catalog.view_item")  # type: ignore[union-attr]  # staff


@admin.register(Item, site=tenant_site)
class ItemAdmin(ConsoleAdmin):
    room, plural, singular, epoch = "Catalogue", "Items", "item", "catalogue"
    empty_title = "The catalogue is empty"
    empty_hint = (
        "Send your products to /api/v1/catalog/items as NDJSON with a secret key; each line is one item."
    )
    list_display = ("shown", "item_category", "shown_price", "shown_status", "updated_at")
    list_display_links = ("shown",)
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        DepartmentFilter,
        "available",
        "banned",
    )
    search_fields = ("title",)
    search_help_text = "Title, brand, category or item id"
    inlines = (VariantInline,)
    # The facts come from the catalogue's feed; what staff decide here outlives the next import.
    fields = ("status", "available", "banned", "age_min")
    change_form_before_template = "console/item_head.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Item], search_term: str
    ) -> tuple[QuerySet[Item], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        exact = queryset.filter(external_id=term)
        if exact.exists():
            return exact, False
        query = SearchQuery(term, config="english", search_type="websearch")
        return queryset.annotate(words=_SEARCH).filter(words=query), False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        extra_context = {
            "item": self.get_object(request, object_id) if object_id else None,
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, extra_context)

    @display(description="Item", ordering="title")
    def shown(self, item: Item) -> SafeString:
        return SafeString(render_to_string("console/parts/item.html", {"item": item}))

    @display(description="Category", ordering="category")
    def item_category(self, item: Item) -> str:
        return " › ".join(item.category.split(" > ")[:2]) or "–"

    @display(description="Price", ordering="price")
    def shown_price(self, item: Item) -> SafeString | str:
        if item.price is None:
            return "–"
        return format_html('<span class="nowrap">{} {}</span>', item.currency, f"{item.price:,.2f}")

    @display(description="Status", ordering="status")
    def shown_status(self, item: Item) -> SafeString:
        tone, text = "good", "Active"
        if item.banned:
            tone, text = "bad", "Banned"
        elif item.status != Item.Status.ACTIVE:
            tone, text = "", item.get_status_display()
        elif not item.available:
            tone, text = "warn", "Out of stock"
        return format_html('<span class="pill {}">{}</span>', tone, text)


@admin.register(ImportRun, site=tenant_site)
class ImportRunAdmin(ReadOnlyAdmin):
    room, plural, singular = "Catalogue", "Import runs", "import run"
    empty_title = "No import yet"
    empty_hint = "Each bulk change of the catalogue is listed here: created, changed and rejected lines with the reason."
    list_display = ("source", "started", "created", "changed", "unchanged", "shown_rejected")
    list_display_links = ("source",)
    list_filter = ("source",)
    search_fields = ("source",)
    search_help_text = "Source"
    change_form_before_template = "console/import_run.html"
    fields = ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        run = self.get_object(request, object_id) if object_id else None
        return super().changeform_view(request, object_id, form_url, {"run": run, **(extra_context or {})})

    @display(description="Started", ordering="started_at")
    def started(self, run: ImportRun) -> SafeString:
        return format_html('<time datetime="{}">{}</time>', run.started_at.isoformat(), run.started_at)

    @display(description="Rejected", ordering="rejected")
    def shown_rejected(self, run: ImportRun) -> SafeString:
        return format_html(
            '<span class="pill {}">{}</span>', "warn" if run.rejected else "good", f"{run.rejected:,}"
        )


@admin.register(Promotion, site=tenant_site)
class PromotionAdmin(ReadOnlyAdmin):
    room, plural, singular = "Catalogue", "Promotions", "promotion"
    empty_title = "No promotion calendar yet"
    empty_hint = (
        "Load what is in the mailer and on display, as far ahead as it is planned, with manage.py import_promotions: "
        "the next training reads it."
    )
    list_display = ("item", "first_day", "last_day", "shown_mailer", "shown_display")
    list_display_links = None
    list_select_related = ("item",)
    search_fields = ("item__external_id", "item__title")
    search_help_text = "Item id or title"
    date_hierarchy = "first_day"
    show_full_result_count = False

    @display(description="Mailer", ordering="mailer")
    def shown_mailer(self, promotion: Promotion) -> str:
        return f"{promotion.mailer:.0%} of stores" if promotion.mailer else "–"

    @display(description="Display", ordering="display")
    def shown_display(self, promotion: Promotion) -> str:
        return f"{promotion.display:.0%} of stores" if promotion.display else "–"
