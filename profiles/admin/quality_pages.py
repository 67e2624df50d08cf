"""The report on incoming data: what passes, what fails, how it went, and events to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone

from tenants import audit
from tenants.console import tenant_site
from tenants.console.plots import columns

from ..models import Event, ExpectationLimit, QualityExample, QualityState
from ..quality.expectations import BY_NAME, FAIL, FRESH, NONE, OFF, PASS, WARN
from ..quality.limits import BadLimit, reset_limits, set_limits
from ..quality.report import Result, document, report
from ..quality.watch import troubles

TONES = {
    PASS: ("good", "Passes"),
    WARN: ("warn", "Look"),
    FAIL: ("bad", "Fails"),
    NONE: ("", "Too little to tell"),
    OFF: ("", "Switched off"),
}
_ORDER = (FAIL, WARN, PASS, NONE, OFF)


def listing(request: HttpRequest) -> HttpResponse:
    results = sorted(report(timezone.now(), off=True), key=lambda one: _ORDER.index(one.state))
    since = dict(QualityState.objects.values_list("name", "since"))
    return tenant_site.render(
        request,
        "console/quality.html",
        "Data quality",
        [("Shoppers", None), ("Data quality", None)],
        rows=[_row(one, since) for one in results],
        counts=[(TONES[s], sum(1 for one in results if one.state == s)) for s in _ORDER[:4]],
        looked_at=any(one.checked for one in results if one.name != FRESH),
        drifting=[one for one in troubles() if one.feature],
    )


def detail(request: HttpRequest, name: str) -> HttpResponse:
    one = next((one for one in report(timezone.now(), off=True) if one.name == name), None)
    if one is None:
        raise Http404
    may_change = name in BY_NAME and request.user.has_perm("profiles.change_expectationlimit")  # type: ignore[union-attr]
    problem = None
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        try:
            return _change(request, name)
        except BadLimit as error:
            problem = error
    since = dict(QualityState.objects.filter(name=name).values_list("name", "since"))
    labels = [f"{day:%-d %b}" for day, _, _ in one.days]
    plot = None
    if any(checked for _, checked, _ in one.days):
        plot = columns(
            labels,
            {
                "failed": [failed for _, _, failed in one.days],
                "fine": [checked - failed for _, checked, failed in one.days],
            },
            tips=[f"{day:%-d %b}: {failed:,} of {checked:,} fail" for day, checked, failed in one.days],
            tones=(2, 1),
        )
    return tenant_site.render(
        request,
        "console/expectation.html",
        one.label,
        [("Shoppers", None), ("Data quality", reverse("admin:quality")), (one.label, None)],
        **_row(one, since),
        plot=plot,
        examples=_examples(name),
        may_change=may_change,
        problem=problem,
        form=_form(request, name, one),
        own=ExpectationLimit.objects.filter(name=name).first(),
    )


def _change(request: HttpRequest, name: str) -> HttpResponse:
    actor = audit.staff(request.user)
    if "reset" in request.POST:
        reset_limits(name, actor)
        messages.success(request, "The defaults hold again.")
    else:
        off = "off" in request.POST
        set_limits(name, request.POST.get("warn", ""), request.POST.get("fail", ""), off=off, actor=actor)
        messages.success(
            request, "Nothing is expected any more." if off else "Saved. The next check judges by it."
        )
    return HttpResponseRedirect(reverse("admin:expectation", args=[name]))


def _form(request: HttpRequest, name: str, one: Result) -> dict[str, str] | None:
    """What stands in the fields: per cent, as written where that could not be taken."""
    if name not in BY_NAME:
        return None
    warn, fail = one.limits or (0.0, 0.0)
    return {
        "warn": request.POST.get("warn", f"{100 * warn:g}"),
        "fail": request.POST.get("fail", f"{100 * fail:g}"),
    }


def download(request: HttpRequest) -> HttpResponse:
    """The report as JSON, in the form of Great Expectations' validation results."""
    now = timezone.now()
    response = JsonResponse(document(report(now), now), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="data-quality-{now:%Y-%m-%d}.json"'
    return response


def _row(one: Result, since: dict[str, Any]) -> dict[str, Any]:
    tone, word = TONES[one.state]
    limits = [f"{100 * limit:g} %" for limit in one.limits] if one.limits else None
    return {"one": one, "tone": tone, "word": word, "limits": limits, "since": since.get(one.name)}


def _examples(name: str) -> list[dict[str, Any]]:
    """The latest events that failed, with whose they are; those that were erased are left out."""
    found = list(QualityExample.objects.filter(name=name).order_by("-pk")[:10])
    shoppers = {
        (event.received_at, event.id): event.profile_id
        for event in Event.objects.filter(
            received_at__in=[e.received_at for e in found], id__in=[e.event_id for e in found]
        )
    }
    return [
        {"received_at": e.received_at, "profile_id": shoppers[e.received_at, e.event_id]}
        for e in found
        if shoppers.get((e.received_at, e.event_id)) is not None
    ]


_MAY = "profiles.view_qualitycount"
tenant_site.page("quality/", listing, name="quality", permission=_MAY)
tenant_site.page("quality/report.json", download, name="quality_report", permission=_MAY)
tenant_site.page("quality/<slug:name>/", detail, name="expectation", permission=_MAY)
