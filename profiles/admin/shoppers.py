"""The list of shoppers and the page of one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from tenants.console import ReadOnlyAdmin, tenant_site

from ..days import current
from ..features.selector import shopper_features
from ..models import Identifier, Profile
from . import facts, people, shopper_page


class SeenFilter(DropdownFilter):
    title = "last seen"
    parameter_name = "seen"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("1", "Today"),
            ("7", "In the last 7 days"),
            ("30", "In the last 30 days"),
            ("-90", "Not for 90 days"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Profile]) -> QuerySet[Profile]:
        try:
            days = int(self.value() or 0)
        except ValueError:
            return queryset
        edge = timezone.now() - dt.timedelta(days=abs(days))
        if days == 0:
            return queryset
        return queryset.filter(last_seen_at__gte=edge) if days > 0 else queryset.filter(last_seen_at__lt=edge)


class KnownByFilter(DropdownFilter):
    title = "known by"
    parameter_name = "known_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Identifier.Kind.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Profile]) -> QuerySet[Profile]:
        kind = self.value()
        if not kind:
            return queryset
        return queryset.filter(pk__in=Identifier.objects.filter(kind=kind).values("profile_id"))


@admin.register(Profile, site=tenant_site)
class ProfileAdmin(ReadOnlyAdmin):
    room, plural, singular = "Shoppers", "Profiles", "shopper"
    empty_title = "Nobody has been here yet"
    empty_hint = (
        "Shoppers appear with their first event: send one to /v1/identify or /v1/track with an API key."
    )
    list_display = ("who", "known_by", "bought", "first_seen", "last_seen", "personal")
    list_display_links = ("who",)
    list_filter = (SeenFilter, KnownByFilter, "consent_personalisation")
    search_fields = ("uuid",)
    search_help_text = "Exact user id, e-mail or phone"
    no_match_hint = (
        "A shopper is found by a whole user id, e-mail address, phone number or visitor id; not by a part of it "
        "nor by the shopper’s name."
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Profile], search_term: str
    ) -> tuple[QuerySet[Profile], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=people.find(_tenant(request).pk, search_term)), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            rows = context["cl"].result_list
            names = people.names(request, [row.pk for row in rows])
            kinds: dict[int, list[str]] = {}
            for identifier in Identifier.objects.filter(profile_id__in=[row.pk for row in rows]):
                kinds.setdefault(identifier.profile_id or 0, []).append(identifier.get_kind_display())
            for row in rows:
                row.shown_name = names.get(row.pk, str(row))
                row.kinds = sorted(set(kinds.get(row.pk, [])))
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        profile = self.get_object(request, object_id) if object_id else None
        if profile is None or not self.has_view_permission(request, profile):
            # Django's own answers: a redirect with a message, or 403.
            return super().changeform_view(request, object_id, form_url, extra_context)
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        if request.headers.get("HX-Request") and "before" in request.GET:
            return self._more_life(request, profile)
        return TemplateResponse(request, "console/shopper.html", self._page(request, profile))

    def _more_life(self, request: HttpRequest, profile: Profile) -> HttpResponse:
        """The next page of the timeline alone, put below what is read already."""
        if not request.user.has_perm("profiles.view_interaction"):  # type: ignore[union-attr]  # staff
            raise PermissionDenied
        life = shopper_page.timeline(request, profile)
        context = {"life": life, "currency": _tenant(request).currency}
        return TemplateResponse(request, "console/parts/life.html", context)

    def _page(self, request: HttpRequest, profile: Profile) -> dict[str, Any]:
        context = shopper_page.context(request, profile)
        crumbs = self.crumbs((context["name"], None))
        return {**self.admin_site.each_context(request), **crumbs, "title": context["name"], **context}

    @display(description="Shopper")
    def who(self, profile: Any) -> str:
        return profile.shown_name

    @display(description="Known by")
    def known_by(self, profile: Any) -> str:
        return ", ".join(profile.kinds) or "–"

    @display(description="Bought, 30 days")
    def bought(self, profile: Profile) -> str:
        return (
            facts.said(shopper_features(profile, timezone.now(), current())["behaviour"]["purchases_30d"])
            or "–"
        )

    @display(description="First seen", ordering="first_seen_at")
    def first_seen(self, profile: Profile) -> SafeString:
        return _moment(profile.first_seen_at)

    @display(description="Last seen", ordering="last_seen_at")
    def last_seen(self, profile: Profile) -> SafeString:
        return _moment(profile.last_seen_at)

    @display(description="Personalised")
    def personal(self, profile: Profile) -> SafeString:
        yes = profile.consent_personalisation
        return format_html(
            '<span class="pill {}">{}</span>', "good" if yes else "warn", "Yes" if yes else "No consent"
        )


def _moment(at: dt.datetime) -> SafeString:
    return format_html('<time class="nowrap" data-day datetime="{}">{}</time>', at.isoformat(), at.date())


def _tenant(request: HttpRequest) -> Any:
    return request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
