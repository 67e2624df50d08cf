"""Imports of history: the list, the upload, and the steps of one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from tenants import audit, keyring
from tenants.console import ReadOnlyAdmin, tenant_site
from tenants.scope import Scope

from ..imports import fetch, services
from ..imports.api import VERBS, body_of, problems_csv
from ..imports.models import Import
from ..imports.readers import BadFile
from ..imports.receive import receive
from ..imports.sources.registry import BadSource
from . import import_page

MAY_ADD, MAY_CHANGE = "profiles.add_import", "profiles.change_import"
_TOLD = {
    "check": "The file is being checked; nothing is taken yet.",
    "start": "The import has begun. You can leave this page.",
    "pause": "Paused. What was taken stays.",
    "resume": "It goes on.",
    "cancel": "Cancelled, and the file is destroyed. What was taken stays.",
}


@admin.register(Import, site=tenant_site)
class ImportAdmin(ReadOnlyAdmin):
    room, plural, singular, counted = "Shoppers", "Imports", "import", "imports"
    empty_title = "No history yet"
    empty_hint = (
        "Bring what happened before: upload events, orders or profiles as CSV, NDJSON or Parquet. "
        "You see what each column means and what would be taken before anything is."
    )
    list_display = ("name", "kind", "state", "done_share", "taken_shown", "refused_shown", "uploaded")
    list_filter = (("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter))
    search_fields = ("name",)
    search_help_text = "Name of the file"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(MAY_ADD))  # type: ignore[union-attr]  # staff

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("upload/", wrap(self.upload), name="import_upload"),
            path("fetch/", wrap(self.fetch), name="import_fetch"),
            path("<int:pk>/do/<slug:verb>/", wrap(self.do), name="import_do"),
            path("<int:pk>/progress/", wrap(self.progress), name="import_progress"),
            path("<int:pk>/problems.csv", wrap(self.problems), name="import_problems"),
        ]
        return own + super().get_urls()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if object_id is None:
            return self._new(request)
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            return super().changeform_view(request, object_id, form_url, extra_context)
        refused = ""
        if request.method == "POST":
            self._may_change(request)
            try:
                return self._describe(request, found)
            except services.Refused as error:
                refused = str(error)
                found.refresh_from_db()
        context = {
            **self._frame(request, found.name),
            **import_page.context(request, _scope(request), found),
            "refused": refused,
        }
        return TemplateResponse(request, "console/imports/page.html", context, status=400 if refused else 200)

    def _new(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._asking(request)

    def _asking(self, request: HttpRequest, problems: dict[str, str] | None = None) -> HttpResponse:
        context = {**self._frame(request, "New import"), **import_page.asking(request, problems or {})}
        return TemplateResponse(request, "console/imports/new.html", context, status=400 if problems else 200)

    def fetch(self, request: HttpRequest) -> HttpResponse:
        """A worker fetches the file from an address or a bucket."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return redirect("admin:profiles_import_add")
        try:
            made = fetch.begin(
                _scope(request),
                request.POST.get("source", ""),
                import_page.said_of_source(request),
                kind=request.POST.get("kind", ""),
                actor=audit.staff(request.user),
            )
        except BadSource as error:
            return self._asking(request, dict(reversed(error.problems)))
        except BadFile as error:
            return self._asking(request, {"kind": str(error)})
        return redirect("admin:profiles_import_change", made.pk)

    def _describe(self, request: HttpRequest, found: Import) -> HttpResponse:
        actor, scope = audit.staff(request.user), _scope(request)
        changed = services.change_layout(found, import_page.submitted(request, found), actor=actor)
        if "_check" in request.POST:
            services.check(scope, changed, actor=actor)
            messages.success(request, _TOLD["check"])
        else:
            messages.success(request, "Saved.")
        return redirect("admin:profiles_import_change", found.pk)

    def upload(self, request: HttpRequest) -> HttpResponse:
        """The file as the body of the request, so that it is sealed while it arrives and never lies open."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_add_permission(request):
            raise PermissionDenied
        try:
            made = receive(
                _scope(request),
                body_of(request),
                name=request.GET.get("name", "file"),
                kind=request.GET.get("kind", ""),
                actor=audit.staff(request.user),
            )
        except BadFile as error:
            return JsonResponse({"error": str(error)}, status=400)
        return JsonResponse({"url": reverse("admin:profiles_import_change", args=[made.pk])})

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._may_change(request)
        found = get_object_or_404(Import, pk=pk)
        try:
            if verb not in VERBS:
                raise services.Refused("That can't be done with an import.")
            VERBS[verb](_scope(request), found, actor=audit.staff(request.user))
        except services.Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _TOLD[verb])
        return redirect("admin:profiles_import_change", pk)

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that moves; the whole page once it stands still."""
        found = get_object_or_404(Import, pk=pk)
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        state = import_page.progress(request, found)
        response = render(request, "console/imports/progress.html", state)
        if not state["working"]:
            response["HX-Refresh"] = "true"
        return response

    def problems(self, request: HttpRequest, pk: int) -> Any:
        found = get_object_or_404(Import, pk=pk)
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return problems_csv(found)

    def _frame(self, request: HttpRequest, title: str) -> dict[str, Any]:
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return {
            **self.admin_site.each_context(request),
            **self.crumbs((title, None)),
            "title": title,
            "opts": self.opts,
        }

    def _may_change(self, request: HttpRequest) -> None:
        if not request.user.has_perm(MAY_CHANGE):  # type: ignore[union-attr]  # staff
            raise PermissionDenied

    @display(description="State", ordering="status")
    def state(self, found: Import) -> SafeString:
        tone = import_page.TONES.get(found.status, "")
        return format_html('<span class="pill {}">{}</span>', tone, found.get_status_display())

    @display(description="Read")
    def done_share(self, found: Import) -> str:
        return f"{found.share:.0%}" if found.position else "–"

    @display(description="Taken", ordering="taken")
    def taken_shown(self, found: Import) -> str:
        return f"{found.taken:,}"

    @display(description="Refused", ordering="rejected")
    def refused_shown(self, found: Import) -> str:
        return f"{found.rejected:,}"

    @display(description="Uploaded", ordering="created_at")
    def uploaded(self, found: Import) -> SafeString:
        return format_html(
            '<time class="nowrap" datetime="{}">{}</time>', found.created_at.isoformat(), found.created_at
        )


def _scope(request: HttpRequest) -> Scope:
    return keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
