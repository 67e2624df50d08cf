"""Settings → Destinations: where data is sent, how that goes, and what was given up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display

from tenants import audit, keyring
from tenants.console import ConsoleAdmin, tenant_site

from ..connectors import services
from ..connectors.base import Trouble
from ..connectors.checks import BadDestination
from ..connectors.registry import connectors
from ..workspace.models import Destination
from . import destination_page
from .destination_form import Form, kinds, loose


@admin.register(Destination, site=tenant_site)
class DestinationAdmin(ConsoleAdmin):
    room, plural, singular = "Settings", "Destinations", "destination"
    empty_title = "No destination yet"
    empty_hint = "Have events, shoppers and segments sent to your own warehouse as Parquet files, for BigQuery, Snowflake or DuckDB."
    list_display = ("name", "kind", "shown_state", "last", "today", "given_up", "trouble")
    search_fields = ("name",)
    search_help_text = "Name"
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # removing asks what becomes of the data, on its page

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/edit/", wrap(self.edit), name="destination_edit"),
            path("<int:pk>/do/<slug:verb>/", wrap(require_POST(self.do)), name="destination_do"),
        ]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            rows = list(context["cl"].result_list)
            figures = destination_page.counted(rows, timezone.now())
            for row in context["cl"].result_list:
                row.figures = figures.get(row.pk, {})
        return response

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._form(request, None)

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self._form(request, get_object_or_404(Destination, pk=pk))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        row: Any = self.get_object(request, object_id) if object_id else None
        if row is None or not self.has_view_permission(request, row):
            return super().changeform_view(request, object_id, form_url, extra_context)
        context = destination_page.context(row, request.GET.get("p"))
        return self._page(request, "console/destinations/page.html", row.name, context)

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = get_object_or_404(Destination, pk=pk)
        scope, actor = keyring.scope_of_tenant(_tenant(request)), audit.staff(request.user)
        ids = [int(one) for one in request.POST.getlist("delivery") if one.isdigit()] or None
        if verb == "pause":
            services.pause(scope, row, actor=actor)
            told = "Paused. What happens meanwhile waits, and is sent when you resume."
        elif verb == "resume":
            services.resume(scope, row, actor=actor)
            told = "It goes on within seconds."
        elif verb == "history":
            count = services.want_history(scope, row, actor=actor)
            told = "What was there before is on its way." if count else "All of it was asked for already."
        elif verb == "replay":
            count = services.replay(scope, row, ids, actor=actor)
            told = f"{count} {'delivery is' if count == 1 else 'deliveries are'} tried again."
        elif verb == "discard":
            count = services.discard(scope, row, ids, actor=actor)
            told = f"{count} {'delivery was' if count == 1 else 'deliveries were'} discarded. The log still names them."
        elif verb == "remove":
            return self._remove(request, row)
        else:
            raise PermissionDenied
        messages.success(request, told)
        return redirect("admin:workspace_destination_change", row.pk)

    def _remove(self, request: HttpRequest, row: Destination) -> HttpResponse:
        scope, actor = keyring.scope_of_tenant(_tenant(request)), audit.staff(request.user)
        with_data = request.POST.get("data") == "delete"
        services.remove(scope, row, with_data=with_data, actor=actor)
        messages.success(
            request,
            "Its files are being deleted; then it goes."
            if with_data
            else "Removed. The files that were sent are yours to look after from now on.",
        )
        return redirect("admin:workspace_destination_changelist")

    def _form(self, request: HttpRequest, row: Destination | None) -> HttpResponse:
        scope, actor = keyring.scope_of_tenant(_tenant(request)), audit.staff(request.user)
        form, tried = (Form.kept(row) if row else Form.fresh()), None
        if request.method == "POST":
            form = Form.sent(request.POST, row)
            what = request.POST.get("do", "save")
            try:
                if what != "anyway":
                    tried = (True, services.try_out(scope, form.draft, row))
                if what != "try":
                    saved = (
                        services.change(scope, row, form.draft, actor=actor)
                        if row
                        else services.create(scope, form.draft, history=form.history, actor=actor)
                    )
                    messages.success(request, _said(row, form))
                    return redirect("admin:workspace_destination_change", saved.pk)
            except BadDestination as error:
                form.refuse(error.problems)
            except Trouble as trouble:
                tried = (False, str(trouble))
        context = {
            "form": form,
            "known": row,
            "kinds": kinds(form, row),
            "loose": loose(form),
            "tried": tried,
            "personal_streams": any(s.personal for one in connectors().values() for s in one.streams()),
        }
        title = f"Change {row.name}" if row else "New destination"
        return self._page(request, "console/destinations/form.html", title, context)

    def _page(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        return self.page(
            request,
            template,
            title,
            may_change=self.has_change_permission(request),
            **context,
        )

    @display(description="Kind")
    def kind(self, row: Destination) -> str:
        found = connectors().get(row.vendor)
        return found.label if found else "Not installed any more"

    @display(description="State")
    def shown_state(self, row: Destination) -> SafeString:
        return format_html('<span class="pill {}">{}</span>', *destination_page.state_of(row))

    @display(description="Last delivery", ordering="last_sent_at")
    def last(self, row: Destination) -> SafeString | str:
        if row.last_sent_at is None:
            return "none yet"
        return format_html('<time datetime="{}">{}</time>', row.last_sent_at.isoformat(), row.last_sent_at)

    @display(description="Rows today")
    def today(self, row: Destination) -> str:
        return f"{getattr(row, 'figures', {}).get('today', 0):,}"

    @display(description="Given up")
    def given_up(self, row: Destination) -> SafeString | str:
        count = getattr(row, "figures", {}).get("dead", 0)
        return format_html('<span class="pill bad">{}</span>', f"{count:,}") if count else "0"

    @display(description="Trouble")
    def trouble(self, row: Destination) -> str:
        return row.error or "none"


def _said(before: Destination | None, form: Form) -> str:
    if before is None:
        return "Saved. The first files arrive within a minute or two."
    if before.personal and not form.draft.personal:
        return (
            "Saved. Personal data is left out from now on; files sent before still hold it. To have it gone, remove the "
            "destination with its files and add it again."
        )
    return "Saved. It holds from the next delivery on."


def _tenant(request: HttpRequest) -> Any:
    return request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
