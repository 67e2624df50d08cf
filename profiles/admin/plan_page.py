"""The tracking plan beside what really arrives, its settings, its history, and ways in and out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tenants import audit, keyring
from tenants.console import tenant_site

from ..arrivals.selectors import Seen, seen
from ..models import TrackingPlan
from ..plan import infer, recent, segment_form, services
from ..plan.compiled import NUMBERS
from ..plan.document import UNPLANNED, VIOLATIONS, BadPlan

CHANGE = "profiles.change_trackingplan"
SIZE = 50
_NAMES = {number: name for name, number in NUMBERS.items()}
_SORTS = {"name": "Name", "events": "Most events", "conforming": "Least kept to", "last": "Newest"}
_ALL = {
    "page": "All pages",
    "screen": "All screens",
    "identify": "Traits of shoppers",
    "group": "Traits of groups",
}
MOST_FILE = 2 << 20
# At least so many events of a name before a plan is made from them.
FEWEST = 5


@dataclass(frozen=True)
class Row:
    """An event of the plan, or one that arrives without being in it."""

    type: str
    name: str
    label: str
    description: str
    planned: bool
    action: str
    seen: Seen | None

    @property
    def url(self) -> str:
        return f"{reverse('admin:tracking_plan_event')}?{urlencode({'type': self.type, 'name': self.name})}"


def label(type_: str, name: str) -> str:
    return name or _ALL.get(type_, type_)


def page(request: HttpRequest) -> HttpResponse:
    """The list; POST: settings, a plan from what came, an import, an undo."""
    if request.method == "POST":
        return _decide(request)
    if request.GET.get("export"):
        return _export(request)
    number, document = services.latest()
    rows = _rows(document)
    text, sort = request.GET.get("q", "").strip(), request.GET.get("sort", "events")
    shown = [row for row in rows if text.lower() in f"{row.label} {row.description}".lower()]
    if request.GET.get("show") in ("planned", "unplanned"):
        shown = [row for row in shown if row.planned == (request.GET["show"] == "planned")]
    found = Paginator(_sorted(shown, sort), SIZE).get_page(request.GET.get("p"))
    return tenant_site.render(
        request,
        "console/plan/list.html",
        "Tracking plan",
        [("Shoppers", None), ("Tracking plan", None)],
        number=number,
        document=document,
        rows=found,
        page=found,
        total=len(rows),
        unplanned_now=sum(not row.planned and row.type == "track" for row in rows),
        violations=VIOLATIONS.items(),
        unplanned=UNPLANNED.items(),
        sorts=_SORTS.items(),
        chosen={"q": text, "sort": sort, "show": request.GET.get("show", "")},
        may_change=request.user.has_perm(CHANGE),
        versions=_versions(),
    )


def _rows(document: dict[str, Any]) -> list[Row]:
    arrived = seen()
    rows = []
    planned = {(NUMBERS[e["type"]], e["name"]): e for e in document["events"]}
    for key, event in planned.items():
        action = VIOLATIONS[event["violations"] or document["violations"]]
        rows.append(_row(key, event["description"], True, action, arrived.get(key)))
    for key, counts in arrived.items():
        if (
            key not in planned
            and counts.events
            and key[0] in _NAMES
            and (key[1] or _NAMES[key[0]] != "track")
        ):
            rows.append(_row(key, "", False, "", counts))
    return rows


def _row(key: tuple[int, str], description: str, planned: bool, action: str, counts: Seen | None) -> Row:
    type_ = _NAMES[key[0]]
    return Row(type_, key[1], label(type_, key[1]), description, planned, action, counts)


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    by_name = sorted(rows, key=lambda row: (row.label.lower(), row.type))
    if sort == "name":
        return by_name
    if sort == "conforming":
        return sorted(by_name, key=lambda r: _share(r) if r.planned else 2.0)
    if sort == "last":
        oldest = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        return sorted(by_name, key=lambda r: r.seen.last if r.seen else oldest, reverse=True)
    return sorted(by_name, key=lambda r: r.seen.events if r.seen else 0, reverse=True)


def _share(row: Row) -> float:
    return row.seen.conforming if row.seen and row.seen.conforming is not None else 1.0


def _versions() -> list[TrackingPlan]:
    return list(TrackingPlan.objects.defer("document")[:20])


def _decide(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(CHANGE):  # type: ignore[union-attr]  # staff
        raise PermissionDenied
    scope = keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
    actor, post = audit.staff(request.user), request.POST
    try:
        if "infer" in post:
            told = _from_what_came(scope, actor)
        elif "restore" in post and post["restore"].isdigit():
            made = services.restore(scope, int(post["restore"]), actor=actor)
            told = f"Version {post['restore']} holds again." if made else "That is what holds already."
        elif "file" in request.FILES:
            told = _import(scope, request, actor)
        else:
            _, document = services.latest()
            settings = {"violations": post.get("violations"), "unplanned": post.get("unplanned")}
            made = services.save(scope, {**document, **settings}, actor=actor)
            told = "Saved. It holds within two seconds." if made else "Nothing was changed."
        messages.success(request, told)
    except BadPlan as error:
        fault = error.faults[0]
        messages.error(request, f"{fault.where}: {fault.message}" if fault.where else fault.message)
    except TrackingPlan.DoesNotExist:
        messages.error(request, "There is no such version.")
    return redirect("admin:tracking_plan")


def _from_what_came(scope: Any, actor: str) -> str:
    """Put every event that arrived lately and is not in the plan into it, with the schema that it keeps to."""
    _, document = services.latest()
    known = {(event["type"], event["name"]) for event in document["events"]}
    samples: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for came in recent.events(scope):
        key = (came.type, came.name if came.type == "track" else "")
        if key not in known:
            samples.setdefault(key, []).append(came.fields)
    added = [
        {"type": type_, "name": name, "description": "", "schema": infer.infer(fields)}
        for (type_, name), fields in samples.items()
        if len(fields) >= FEWEST and len(name) <= 80
    ]
    if not added:
        return f"No event that is not in the plan came at least {FEWEST} times lately."
    services.save(scope, {**document, "events": [*document["events"], *added]}, actor=actor)
    events = "1 event was" if len(added) == 1 else f"{len(added)} events were"
    return f"{events} added, with the fields that the newest events have. Look through them."


def _import(scope: Any, request: HttpRequest, actor: str) -> str:
    upload: Any = request.FILES["file"]
    raw = upload.read(MOST_FILE + 1)
    try:
        document = orjson.loads(raw[:MOST_FILE])
    except orjson.JSONDecodeError:
        return "This file is no JSON: nothing was changed."
    if segment_form.is_segments(document):
        document = segment_form.read(document)
    made = services.save(scope, document, actor=actor, note="Imported from a file")
    return (
        f"The plan of the file holds now: version {made.number}."
        if made
        else "The file says what holds already."
    )


def _export(request: HttpRequest) -> HttpResponse:
    number, document = services.latest()
    if request.GET["export"] == "segment":
        document = segment_form.write(document, f"{request.tenant.name} tracking plan")  # type: ignore[attr-defined]
    answer = HttpResponse(orjson.dumps(document, option=orjson.OPT_INDENT_2), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="tracking-plan-{number}.json"'
    return answer


tenant_site.page("tracking-plan/", page, name="tracking_plan", permission="profiles.view_trackingplan")
