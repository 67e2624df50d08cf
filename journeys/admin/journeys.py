"""The list of journeys, a new one from a template, and the page of one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from tenants import audit
from tenants.console import ConsoleAdmin, tenant_site

from ..models import Journey
from ..seeds import seeds
from ..services import access, drafts
from . import journey_page
from .canvas import CanvasViews
from .figures import Figures, figures

_TONE = {"draft": "", "live": "good", "paused": "warn", "archived": ""}


@admin.register(Journey, site=tenant_site)
class JourneyAdmin(CanvasViews, ConsoleAdmin):
    room, plural, singular = "Journeys", "Journeys", "journey"
    empty_title = "No journey yet"
    empty_hint = (
        "A journey waits for something a shopper does, then sends, waits and decides by itself: "
        "begin with one that wins back abandoned carts."
    )
    list_display = ("name", "state", "entered", "inside", "goal_rate", "published", "updated_at")
    list_filter = (("status", ChoicesDropdownFilter),)
    search_fields = ("name", "description")
    search_help_text = "Name"
    ordering = ("-updated_at",)
    list_select_related = ("live_version",)
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or access.may_change(request.user, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Archived, not deleted: what was sent to whom and why stays answerable.
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        verbs = [
            path(f"<int:pk>/{verb}/", wrap(require_POST(view)), name=f"journeys_journey_{verb}")
            for verb, view in (
                ("rename", self.rename),
                ("restrict", self.restrict),
                ("duplicate", self.duplicate),
                ("archive", self.archive),
                ("pause", self.pause),
                ("resume", self.resume),
            )
        ]
        return self.canvas_urls() + verbs + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            rows = context["cl"].result_list
            found = figures([row.pk for row in rows])
            for row in rows:
                row.figures = found.get(row.pk, Figures())
        return response

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What to begin with; posting takes it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            try:
                journey = journey_page.start(request)
            except KeyError as error:
                raise Http404("There is no such template.") from error
            return redirect("admin:journeys_journey_canvas", journey.pk)
        return self.page(request, "console/journeys/gallery.html", "New journey", seeds=seeds())

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        # Everything of a journey is changed by verbs of their own; the admin's form would go around all of them.
        if request.method != "GET":
            raise PermissionDenied
        journey = self.get_object(request, object_id) if object_id else None
        if journey is None or not self.has_view_permission(request, journey):
            return super().changeform_view(request, object_id, form_url, extra_context)
        return self.page(
            request, "console/journeys/journey.html", journey.name, **journey_page.context(request, journey)
        )

    def rename(self, request: HttpRequest, pk: int) -> HttpResponse:
        journey = self._mine(request, pk)
        form = journey_page.NameForm(request.POST, instance=journey)
        if form.is_valid():
            form.save()
            audit.record(
                "journey renamed", f"journey:{pk}", audit.staff(request.user), fields=form.changed_data
            )
            messages.success(request, "Saved.")
        else:
            messages.error(request, "A journey needs a name.")
        return redirect("admin:journeys_journey_change", pk)

    def restrict(self, request: HttpRequest, pk: int) -> HttpResponse:
        journey = self._mine(request, pk)
        people = journey_page.editors(request.POST.getlist("people"))
        access.restrict(journey, people, actor=audit.staff(request.user))
        said = (
            "Only they, and the owners, can change it now." if people else "Every marketer can change it now."
        )
        messages.success(request, said)
        return redirect("admin:journeys_journey_change", pk)

    def duplicate(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        journey = Journey.objects.filter(pk=pk).first()
        if journey is None:
            raise Http404("There is no such journey.")
        copy = drafts.duplicate(journey, actor=audit.staff(request.user), user=request.user)
        messages.success(request, f"“{copy.name}” is a draft of its own.")
        return redirect("admin:journeys_journey_canvas", copy.pk)

    def archive(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._mine(request, pk)
        drafts.archive(pk, actor=audit.staff(request.user))
        messages.success(request, "Archived: nobody enters, and who was inside leaves.")
        return redirect("admin:journeys_journey_changelist")

    def pause(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._turn(request, pk, drafts.pause, "Paused: nobody enters, and who is inside waits.")

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._turn(request, pk, drafts.resume, "Running again.")

    def _turn(self, request: HttpRequest, pk: int, verb: Any, said: str) -> HttpResponse:
        self._mine(request, pk)
        try:
            verb(pk, actor=audit.staff(request.user))
            messages.success(request, said)
        except drafts.WrongState as error:
            messages.error(request, str(error))
        return redirect("admin:journeys_journey_change", pk)

    def _mine(self, request: HttpRequest, pk: int) -> Journey:
        journey = Journey.objects.filter(pk=pk).first()
        if journey is None:
            raise Http404("There is no such journey.")
        if not access.may_change(request.user, journey):
            raise PermissionDenied
        return journey

    @display(description="State", ordering="status")
    def state(self, journey: Journey) -> SafeString:
        return format_html(
            '<span class="pill {}">{}</span>', _TONE[journey.status], journey.get_status_display()
        )

    @display(description="Entered")
    def entered(self, journey: Any) -> str:
        return f"{journey.figures.entered:,}"

    @display(description="In progress")
    def inside(self, journey: Any) -> str:
        return f"{journey.figures.inside:,}"

    @display(description="Goal")
    def goal_rate(self, journey: Any) -> str:
        rate = journey.figures.goal_rate
        return "–" if rate is None else f"{100 * rate:.1f} %"

    @display(description="Last published")
    def published(self, journey: Journey) -> SafeString:
        version = journey.live_version
        if version is None:
            return format_html("{}", "Never")
        url = reverse("admin:journeys_journey_canvas", args=[journey.pk])
        return format_html(
            '<a class="nowrap" href="{}">v{}</a> · <time class="nowrap" data-day datetime="{}">{}</time>',
            url, version.number, version.published_at.isoformat(), version.published_at.date(),
        )  # fmt: skip
