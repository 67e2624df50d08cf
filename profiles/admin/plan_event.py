"""One event of the tracking plan: its fields as a table or as JSON Schema, tried on real events before it holds."""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from tenants import audit, keyring
from tenants.console import tenant_site

from ..arrivals.selectors import seen
from ..plan import infer, recent, services
from ..plan.compiled import NUMBERS
from ..plan.document import TYPES, VIOLATIONS, BadPlan, Fault, event_faults
from ..plan.trial import TRIED, try_event
from .people import READ_IDENTITIES
from .plan_page import CHANGE, label

SAMPLES = 1_000


def page(request: HttpRequest) -> HttpResponse:
    """`?type=&name=`: a planned event, or one that arrives and is proposed as it comes; without them: a new one."""
    type_, name = request.GET.get("type", "track"), request.GET.get("name", "")
    faults: list[Fault] = []
    event = _stored(type_, name)
    planned = event is not None
    if request.method == "POST":
        if not request.user.has_perm(CHANGE):  # type: ignore[union-attr]  # staff
            raise PermissionDenied
        if "remove" in request.POST:
            services.remove_event(_scope(request), type_, name, actor=audit.staff(request.user))
            messages.success(request, f"“{label(type_, name)}” is no longer in the plan.")
            return redirect("admin:tracking_plan")
        event = _submitted(request)
        try:
            services.put_event(
                _scope(request),
                event,
                actor=audit.staff(request.user),
                before=(type_, name) if planned else None,
            )
        except BadPlan as error:
            faults = error.faults
        else:
            messages.success(request, f"“{label(event['type'], event['name'])}” is in the plan.")
            return redirect("admin:tracking_plan")
    if event is None:
        event = _proposed(request, type_, name)
    title = label(type_, name) if name or type_ != "track" else "New event"
    return tenant_site.render(
        request,
        "console/plan/event.html",
        title,
        [("Shoppers", None), ("Tracking plan", reverse("admin:tracking_plan")), (title, None)],
        status=400 if faults else 200,
        event=event,
        planned=planned,
        faults=faults,
        types=TYPES,
        violations=VIOLATIONS.items(),
        plan_violations=VIOLATIONS[services.latest()[1]["violations"]],
        # Track events without a name are counted too: they were refused, and are none that could be planned.
        seen=seen().get((NUMBERS.get(type_, 0), name)) if name or type_ != "track" else None,
        tried=TRIED,
        may_change=request.user.has_perm(CHANGE),
    )


def trial(request: HttpRequest) -> HttpResponse:
    """What would become of the newest real events under what the form says."""
    event = _submitted(request)
    faults = event_faults(event)
    if faults:
        return render(request, "console/plan/trial.html", {"faults": faults})
    violations = event["violations"] or services.latest()[1]["violations"]
    context = {
        "trial": try_event(_scope(request), event, violations),
        # What people wrote stands in the fields.
        "may_read": request.user.has_perm(READ_IDENTITIES),  # type: ignore[union-attr]  # staff
    }
    return render(request, "console/plan/trial.html", context)


def _stored(type_: str, name: str) -> dict[str, Any] | None:
    _, document = services.latest()
    return next((e for e in document["events"] if (e["type"], e["name"]) == (type_, name)), None)


def _proposed(request: HttpRequest, type_: str, name: str) -> dict[str, Any]:
    """The event as the newest ones came, or an empty one."""
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    known = type_ in NUMBERS and (name or type_ != "track")
    if known:
        samples = []
        for came in recent.events(
            _scope(request), type_=type_, name=name or (None if type_ != "track" else "")
        ):
            samples.append(came.fields)
            if len(samples) == SAMPLES:
                break
        schema = infer.infer(samples)
    type_ = type_ if type_ in TYPES else "track"
    return {"type": type_, "name": name, "description": "", "violations": None, "schema": schema}


def _submitted(request: HttpRequest) -> dict[str, Any]:
    try:
        schema = orjson.loads(request.POST.get("schema", ""))
    except orjson.JSONDecodeError:
        schema = None
    type_, name = request.POST.get("type", ""), request.POST.get("name", "").strip()
    # Rules about the context are written as code; here they stay as they are.
    kept = (_stored(type_, name) or {}).get("context")
    return {
        "type": type_,
        "name": name,
        "description": request.POST.get("description", "").strip(),
        "violations": request.POST.get("violations") or None,
        "schema": schema,
        **({"context": kept} if kept is not None else {}),
    }


def _scope(request: HttpRequest) -> Any:
    return keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware


tenant_site.page(
    "tracking-plan/event/", page, name="tracking_plan_event", permission="profiles.view_trackingplan"
)
tenant_site.page(
    "tracking-plan/try/", trial, name="tracking_plan_try", permission="profiles.view_trackingplan"
)
