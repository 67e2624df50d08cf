"""The canvas of one journey: its page, and the JSON behind it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path

from tenants import audit

from ..models import Journey
from ..services import drafts
from .answers import Refusal, endpoint, problem_json, read_body
from .canvas_state import counts_json, graph_json, state
from .shoppers import suggestions
from .simulation import simulation


class CanvasViews:
    """Mixed into the admin of journeys."""

    admin_site: Any
    has_view_permission: Any
    page: Any

    def canvas_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        views = {
            "": (self.canvas_page, "canvas"),
            "state": (self.canvas_state, "canvas_state"),
            "draft": (self.canvas_draft, "canvas_draft"),
            "publish": (self.canvas_publish, "canvas_publish"),
            "pause": (self.canvas_pause, "canvas_pause"),
            "resume": (self.canvas_resume, "canvas_resume"),
            "counts": (self.canvas_counts, "canvas_counts"),
            "versions/<int:number>": (self.canvas_version, "canvas_version"),
            "simulate": (self.canvas_simulate, "canvas_simulate"),
            "shoppers": (self.canvas_shoppers, "canvas_shoppers"),
        }
        return [
            path(f"<int:pk>/canvas/{route}", wrap(view), name=f"journeys_journey_{name}")
            for route, (view, name) in views.items()
        ]

    def canvas_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        journey = Journey.objects.filter(pk=pk).first()
        if journey is None:
            raise Http404("There is no such journey.")
        if not self.has_view_permission(request, journey):
            raise PermissionDenied
        return self.page(
            request,
            "console/journeys/canvas.html",
            journey.name,
            (journey.name, f"../../{pk}/change/"),
            ("Canvas", None),
            journey=journey,
            is_fullwidth=True,
        )

    @endpoint("GET")
    def canvas_state(self, request: HttpRequest, journey: Journey) -> dict[str, Any]:
        return state(request, journey)

    @endpoint("PUT", change=True)
    def canvas_draft(self, request: HttpRequest, journey: Journey) -> dict[str, Any]:
        body = read_body(request)
        saved = drafts.save_draft(
            journey.pk, body.get("graph"), _revision(body), actor=audit.staff(request.user)
        )
        return {"revision": saved.revision, "problems": [problem_json(p) for p in saved.problems]}

    @endpoint("POST", change=True)
    def canvas_publish(self, request: HttpRequest, journey: Journey) -> dict[str, Any]:
        version = drafts.publish(
            journey.pk,
            actor=audit.staff(request.user),
            user=request.user,
            revision=_revision(read_body(request)),
        )
        return {"number": version.number}

    @endpoint("POST", change=True)
    def canvas_pause(self, request: HttpRequest, journey: Journey) -> dict[str, Any]:
        return {"status": drafts.pause(journey.pk, actor=audit.staff(request.user)).status}

    @endpoint("POST", change=True)
    def canvas_resume(self, request: HttpRequest, journey: Journey) -> dict[str, Any]:
        return {"status": drafts.resume(journey.pk, actor=audit.staff(request.user)).status}

    @endpoint("GET")
    def canvas_counts(self, request: HttpRequest, journey: Journey) -> dict[str, Any]:
        return counts_json(journey)

    @endpoint("GET")
    def canvas_version(self, request: HttpRequest, journey: Journey, number: int) -> dict[str, Any]:
        version = journey.versions.filter(number=number).first()
        if version is None:
            raise Refusal(404, f"This journey has no version {number}.")
        return {"number": number, "graph": graph_json(version.graph)}

    @endpoint("GET")
    def canvas_shoppers(self, request: HttpRequest, journey: Journey) -> dict[str, Any]:
        return {"results": suggestions(request, request.GET.get("q", ""))}

    @endpoint("POST")
    def canvas_simulate(self, request: HttpRequest, journey: Journey) -> dict[str, Any]:
        return simulation(request, journey, read_body(request))


def _revision(body: dict[str, Any]) -> int:
    revision = body.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise Refusal(400, "Say which revision you changed: “revision” is missing.")
    return revision
