"""Requests: the queue by deadline, and the page on which one is verified, approved and watched."""

from __future__ import annotations

import contextlib
import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from tenants import audit, keyring
from tenants.console import ReadOnlyAdmin, tenant_site
from tenants.scope import Scope

from ..models import CLOSED, SubjectRequest
from ..redaction import warm
from ..requests import export
from ..requests.marks import about, digest, spellings
from ..requests.problems import Refused
from ..requests.receive import receive
from ..requests.subject import KINDS
from ..templatetags.compliance import left, urgency
from .forms import NewRequestForm
from .request_page import act, context_of, link_of, progress_of, replaced_in

TONES = {"completed": "good", "rejected": "", "cancelled": "", "running": "accent", "approved": "accent"}
CHANGE = "compliance.change_subjectrequest"


class StateFilter(DropdownFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("answer", "To be answered"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SubjectRequest]) -> QuerySet[SubjectRequest]:
        if self.value() == "open":
            return queryset.exclude(status__in=CLOSED)
        if self.value() == "answer":
            return queryset.filter(contact__until__gt=timezone.now())
        return queryset.filter(status__in=CLOSED) if self.value() == "closed" else queryset


@admin.register(SubjectRequest, site=tenant_site)
class SubjectRequestAdmin(ReadOnlyAdmin):
    room, plural, singular = "Privacy", "Requests", "request"
    empty_title = "Nobody has asked yet"
    empty_hint = (
        "When somebody wants to see, move or erase their data, record it here, or have your consent platform send it to "
        "/v1/opendsr/requests. The clock starts when they asked."
    )
    list_display = ("shown_kind", "shown_deadline", "shown_status", "asked", "law", "came")
    list_display_links = ("shown_kind",)
    list_filter = (StateFilter, ("kind", ChoicesDropdownFilter), ("status", ChoicesDropdownFilter))
    search_fields = ("id",)
    search_help_text = "Exact user id, e-mail, phone or request number"
    sortable_by = ("shown_deadline", "asked")
    list_select_related = ("contact",)

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Open ones by deadline, then those that were closed last."""
        return [F("closed_at").desc(nulls_first=True), "due_at"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SubjectRequest], search_term: str
    ) -> tuple[QuerySet[SubjectRequest], bool]:
        """Identities are sealed: a request, open or closed, is found by the keyed hash of any of them."""
        term = search_term.strip()
        if not term:
            return queryset, False
        tenant = keyring_scope(request).tenant_id
        named = [(kind, value) for kind in KINDS for value in {term, term.lower()}]
        found = queryset.filter(about(tenant, spellings(tenant, named)))
        found |= queryset.filter(subject_digest__in=[digest(tenant, [pair]) for pair in named])
        with contextlib.suppress(ValueError):
            found |= queryset.filter(pk=uuid.UUID(term))
        return found, False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("compliance.add_subjectrequest"))  # type: ignore[union-attr]  # staff

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<uuid:pk>/progress/", wrap(require_GET(self.progress)), name="subject_request_progress"),
            path("<uuid:pk>/export/", wrap(require_GET(self.download)), name="subject_request_export"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewRequestForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made = receive(keyring_scope(request), actor=audit.staff(request.user), **form.asked())
            except Refused as error:
                form.add_error(None, str(error))
                first = error.extra.get("subject_request_id")
                if first:
                    form.first = reverse("admin:compliance_subjectrequest_change", args=[first])
            else:
                said = "The request is recorded. Its clock runs since they asked. Next: verify the person."
                messages.success(request, f"{said} {replaced_in(keyring_scope(request), made)}".rstrip())
                return redirect("admin:compliance_subjectrequest_change", made.pk)
        template = "console/privacy/request_new.html"
        return self.page(request, template, "New request", form=form)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = self.get_object(request, object_id) if object_id else None
        if found is None or not self.has_view_permission(request, found):
            return super().changeform_view(request, object_id, form_url, extra_context)
        warm()  # the officer may write a note on this page
        draft = ""
        if request.method == "POST":
            if not request.user.has_perm(CHANGE):  # type: ignore[union-attr]  # staff
                raise PermissionDenied
            try:
                messages.success(request, act(keyring_scope(request), found, request))
            except Refused as error:
                messages.error(request, str(error))
                # What was written is shown again, to be shortened; it is not worth a place on disk.
                draft = request.POST.get("note", "") if error.code == "note_too_long" else ""
            if not draft:
                return redirect("admin:compliance_subjectrequest_change", found.pk)
        title = str(found)
        return self.page(
            request,
            "console/privacy/request.html",
            title,
            may_change=request.user.has_perm(CHANGE),
            draft=draft,
            draft_of="verify" if "verify" in request.POST else "add_note",
            link=link_of(request, found),
            **context_of(keyring_scope(request), found, request.user),
        )

    def progress(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """The list of stores as it fills; the page asks again until the request is closed."""
        found = self._visible(request, pk)
        response = render(request, "console/privacy/progress.html", progress_of(found))
        if not found.is_open and request.headers.get("HX-Request"):
            # The receipt, or the export, is there: show the whole page anew.
            response["HX-Refresh"] = "true"
        return response

    def download(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        found = self._visible(request, pk)
        bundle = getattr(found, "bundle", None)
        if bundle is None or not request.user.has_perm(CHANGE):  # type: ignore[union-attr]  # staff
            raise PermissionDenied if bundle else Http404("There is no export.")
        try:
            content = export.download(keyring_scope(request), bundle, actor=audit.staff(request.user))
        except Refused as error:
            messages.error(request, str(error))
            return redirect("admin:compliance_subjectrequest_change", pk)
        return HttpResponse(
            content,
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="personal-data-{str(pk)[:8]}.zip"'},
        )

    def _visible(self, request: HttpRequest, pk: uuid.UUID) -> SubjectRequest:
        found = SubjectRequest.objects.filter(pk=pk).first()
        if found is None:
            raise Http404("There is no such request.")
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found

    @display(description="Request")
    def shown_kind(self, found: SubjectRequest) -> str:
        return str(found)

    @display(description="Deadline", ordering="due_at")
    def shown_deadline(self, found: SubjectRequest) -> SafeString:
        if not found.is_open:
            return format_html('<span class="quiet">{}</span>', "closed")
        return format_html(
            '<span class="pill {}">{}</span> <time data-day datetime="{}" class="quiet nowrap">{}</time>',
            urgency(found.due_at),
            left(found.due_at),
            found.due_at.isoformat(),
            found.due_at.date(),
        )

    @display(description="State", ordering="status")
    def shown_status(self, found: SubjectRequest) -> SafeString:
        label = found.state_in_words
        if getattr(found, "contact", None):
            return format_html('{} <span class="pill warn">{}</span>', label, "To be answered")
        tone = "bad" if found.trouble else TONES.get(found.status, "warn")
        return format_html(
            '<span class="pill {}">{}</span>', tone, "Needs attention" if found.trouble else label
        )

    @display(description="Asked", ordering="submitted_at")
    def asked(self, found: SubjectRequest) -> SafeString:
        at = found.submitted_at
        return format_html('<time class="nowrap" data-day datetime="{}">{}</time>', at.isoformat(), at.date())

    @display(description="Law")
    def law(self, found: SubjectRequest) -> str:
        return found.get_regulation_display()

    @display(description="Came by")
    def came(self, found: SubjectRequest) -> str:
        return {"api": "API", "console": "Console"}.get(found.source, found.source)


def keyring_scope(request: HttpRequest) -> Scope:
    return keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
