"""Computed traits: the list, the builder, what one says of some shoppers."""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib import messages
from django.contrib.admin import register
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from tenants import audit
from tenants.console import ConsoleAdmin, tenant_site

from ..models import ComputedTrait
from ..traits import services
from ..traits.measure import parse
from ..traits.services import BadTrait
from . import trait_page

_VERBS = {
    "archive": (services.archive_trait, "“{}” is archived. You find it under the filter “Archived”."),
    "restore": (services.restore_trait, "“{}” is computed again."),
}


class StatusFilter(DropdownFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", "Live"), ("archived", "Archived")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ComputedTrait]) -> QuerySet[ComputedTrait]:
        return queryset.filter(status="archived" if self.value() == "archived" else "live")


@register(ComputedTrait, site=tenant_site)
class ComputedTraitAdmin(ConsoleAdmin):
    room, plural, singular = "Shoppers", "Computed traits", "computed trait"
    empty_title = "No computed trait yet"
    empty_hint = "A computed trait counts, sums up or remembers something of each shopper, such as their favourite brand. Segments, journeys and templates use it."
    list_display = ("name", "state", "about", "kind", "updated_at")
    list_filter = (StatusFilter,)
    search_fields = ("name", "key", "description")
    search_help_text = "Name"
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # archived, so that it can come back

    def get_queryset(self, request: HttpRequest) -> QuerySet[ComputedTrait]:
        return super().get_queryset(request).select_related("aggregate")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("try/", wrap(require_POST(self.try_out)), name="trait_try"),
            path("<int:pk>/state/", wrap(self.pass_state), name="trait_state"),
            path("<int:pk>/do/<slug:verb>/", wrap(require_POST(self.do)), name="trait_do"),
        ]
        return own + super().get_urls()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        trait: Any = self.get_object(request, object_id) if object_id else None
        if object_id and trait is None:
            # Django's own answer: a redirect with a message.
            return super().changeform_view(request, object_id, form_url, extra_context)
        if not (self.has_view_permission(request) if trait else self.has_add_permission(request)):
            raise PermissionDenied
        form, error = None, None
        if request.method == "POST":
            if trait is not None and not self.has_change_permission(request, trait):
                raise PermissionDenied
            form = trait_page.submitted(request)
            try:
                saved, told = trait_page.save(request, trait, form)
            except BadTrait as problem:
                error = problem
            else:
                messages.success(request, told)
                return redirect(reverse("admin:profiles_computedtrait_change", args=[saved.pk]))
        title = trait.name if trait else "New computed trait"
        return self.page(
            request,
            "console/trait.html",
            title,
            status=400 if error else 200,
            opts=self.opts,
            **trait_page.context(request, trait, form, error),
        )

    def try_out(self, request: HttpRequest) -> HttpResponse:
        """What the builder's definition says of some shoppers, while it is being written."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            definition = orjson.loads(request.POST.get("definition", ""))
        except orjson.JSONDecodeError:
            definition = None
        return render(request, "console/parts/trait_trial.html", trait_page.trial(request, definition))

    def pass_state(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        trait = get_object_or_404(ComputedTrait, pk=pk)
        return render(request, "console/parts/trait_state.html", trait_page.state(trait))

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        trait = get_object_or_404(ComputedTrait, pk=pk)
        if verb not in _VERBS or not self.has_change_permission(request, trait):
            raise PermissionDenied
        service, told = _VERBS[verb]
        try:
            service(trait_page.scope_of(request), trait, actor=audit.staff(request.user))
        except BadTrait as error:
            messages.error(request, str(error))
        else:
            messages.success(request, told.format(trait.name))
        return redirect(reverse("admin:profiles_computedtrait_change", args=[pk]))

    @display(description="Status", ordering="status")
    def state(self, trait: ComputedTrait) -> SafeString:
        if trait.status == ComputedTrait.Status.ARCHIVED:
            return format_html('<span class="pill">{}</span>', "Archived")
        tone, word = ("warn", "Being computed") if trait.building else ("good", "Live")
        return format_html('<span class="pill {}">{}</span>', tone, word)

    @display(description="What it is")
    def about(self, trait: ComputedTrait) -> SafeString:
        words = parse(trait.definition).words()
        return format_html('<span class="clip" title="{}">{}</span>', words, words)

    @display(description="Value")
    def kind(self, trait: ComputedTrait) -> str:
        kinds = {"number": "Number", "text": "Text", "date": "Date", "names": "List"}
        return kinds[parse(trait.definition).kind]
