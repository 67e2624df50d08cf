"""Segments: the list, the builder, who is in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from tenants import audit
from tenants.console import ConsoleAdmin, tenant_site

from ..models import Segment
from ..segments import access, services
from ..segments.definition import BadDefinition
from ..segments.forms import BadSegment
from ..segments.selectors import facts, sizes
from ..segments.words import described
from . import segment_days, segment_members, segment_page, segment_preview
from .segment_find import find

_TONE = {"live": "good", "draft": "warn", "archived": ""}
Verb = Callable[..., Segment]
_VERBS: dict[str, tuple[Verb, str]] = {
    "live": (services.go_live, "“{}” is live. Shoppers enter while everybody is looked at."),
    "archive": (services.archive, "“{}” is archived. You find it under the filter “Archived”."),
    "restore": (services.restore, "“{}” is a draft again."),
}


class StatusFilter(DropdownFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", "Live"), ("draft", "Draft"), ("archived", "Archived")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Segment]) -> QuerySet[Segment]:
        if self.value() in _TONE:
            return queryset.filter(status=self.value())
        return queryset.exclude(status=Segment.Status.ARCHIVED)


@admin.register(Segment, site=tenant_site)
class SegmentAdmin(ConsoleAdmin):
    room, plural, singular = "Shoppers", "Segments", "segment"
    empty_title = "No segment yet"
    empty_hint = "A segment is a group of shoppers who have something in common. Journeys, campaigns and experiments reach them by it."
    list_display = ("name", "state", "size", "about", "updated_at")
    list_filter = (StatusFilter,)
    search_fields = ("name", "key", "description")
    search_help_text = "Name"
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # archived, so that reports keep their names

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("preview/", wrap(require_POST(self.preview)), name="segment_preview"),
            path("find/<slug:kind>/", wrap(self.find), name="segment_find"),
            path("<int:pk>/state/", wrap(self.pass_state), name="segment_state"),
            path("<int:pk>/members/", wrap(self.members), name="segment_members"),
            path("<int:pk>/days/", wrap(self.days), name="segment_days"),
            path("<int:pk>/do/<slug:verb>/", wrap(require_POST(self.do)), name="segment_do"),
            path("<int:pk>/duplicate/", wrap(require_POST(self.duplicate)), name="segment_duplicate"),
        ]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            known, count = facts(currency=_tenant(request).currency), sizes()
            for row in context["cl"].result_list:
                row.words = described(row.definition, known)
                row.now = count.get(row.pk, 0)
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        segment: Any = self.get_object(request, object_id) if object_id else None
        if object_id and segment is None:
            # Django's own answer: a redirect with a message.
            return super().changeform_view(request, object_id, form_url, extra_context)
        if not (self.has_view_permission(request) if segment else self.has_add_permission(request)):
            raise PermissionDenied
        draft, error = segment_page.stored(segment, request.GET.get("from", "")), None
        if request.method == "POST":
            if segment is not None and not access.may_change(request.user, segment):
                raise PermissionDenied
            draft = segment_page.submitted(request)
            try:
                saved, told = segment_page.save(request, segment, draft, live="_live" in request.POST)
            except (BadSegment, BadDefinition) as problem:
                error = problem
            else:
                messages.success(request, told)
                return redirect(reverse("admin:profiles_segment_change", args=[saved.pk]))
        title = segment.name if segment else "New segment"
        return self.page(
            request,
            "console/segment.html",
            title,
            status=400 if error else 200,
            opts=self.opts,
            **segment_page.context(request, segment, draft, error),
        )

    def preview(self, request: HttpRequest) -> HttpResponse:
        """How many shoppers the builder's definition holds for, while it is being written."""
        self._may_view(request)
        try:
            definition = orjson.loads(request.POST.get("definition", ""))
        except orjson.JSONDecodeError:
            definition = None
        context = segment_preview.context(request, definition, request.POST.get("key", ""))
        return render(request, "console/parts/segment_size.html", context)

    def find(self, request: HttpRequest, kind: str) -> JsonResponse:
        """Suggestions for the pickers: {"results": [{"value", "label", "hint"}]}."""
        self._may_view(request)
        text, known = request.GET.get("q", "").strip(), request.GET.getlist("is")
        return JsonResponse({"results": find(_tenant(request).schema_name, kind, text, known)})

    def pass_state(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._may_view(request)
        segment = get_object_or_404(Segment, pk=pk)
        return render(request, "console/parts/segment_state.html", segment_page.state(segment))

    def members(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._may_view(request)
        if not request.user.has_perm("profiles.view_profile"):  # type: ignore[union-attr]  # staff
            raise PermissionDenied
        segment = get_object_or_404(Segment, pk=pk)
        back = reverse("admin:profiles_segment_change", args=[pk])
        return self.page(
            request,
            "console/segment_members.html",
            f"Members of {segment.name}",
            (segment.name, back),
            ("Members", None),
            segment=segment,
            **segment_members.context(request, segment),
        )

    def days(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._may_view(request)
        may = request.user.has_perm("profiles.view_profile")  # type: ignore[union-attr]  # staff
        if "day" in request.GET and not may:
            raise PermissionDenied
        segment = get_object_or_404(Segment, pk=pk)
        return self.page(
            request,
            "console/segment_days.html",
            f"Who came into {segment.name} and left",
            (segment.name, reverse("admin:profiles_segment_change", args=[pk])),
            ("Came and left", None),
            segment=segment,
            may_see_people=may,
            **segment_days.context(request, segment),
        )

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        segment = get_object_or_404(Segment, pk=pk)
        if verb not in _VERBS or not access.may_change(request.user, segment):
            raise PermissionDenied
        service, told = _VERBS[verb]
        try:
            service(segment_page.scope_of(request), segment, actor=audit.staff(request.user))
        except (BadSegment, BadDefinition) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, told.format(segment.name))
        return redirect(reverse("admin:profiles_segment_change", args=[pk]))

    def duplicate(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        segment, user = get_object_or_404(Segment, pk=pk), request.user
        try:
            copy = services.duplicate(
                segment_page.scope_of(request), segment, actor=audit.staff(user), user=user
            )
        except BadSegment as error:
            messages.error(request, str(error))
            return redirect(reverse("admin:profiles_segment_change", args=[pk]))
        messages.success(request, f"“{copy.name}” is a draft with the same conditions.")
        return redirect(reverse("admin:profiles_segment_change", args=[copy.pk]))

    def _may_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    @display(description="Status", ordering="status")
    def state(self, segment: Segment) -> SafeString:
        if segment.error:
            return format_html('<span class="pill bad">{}</span>', "Needs a look")
        return format_html(
            '<span class="pill {}">{}</span>', _TONE[segment.status], segment.get_status_display()
        )

    @display(description="Members", ordering="members")
    def size(self, segment: Any) -> str:
        return f"{segment.now:,}" if segment.status == Segment.Status.LIVE else "–"

    @display(description="Who is in it")
    def about(self, segment: Any) -> SafeString:
        return format_html('<span class="clip" title="{}">{}</span>', segment.words, segment.words or "–")


def _tenant(request: HttpRequest) -> Any:
    return request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
