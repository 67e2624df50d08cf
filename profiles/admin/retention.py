"""Privacy → Retention: how long raw events and dead letters are kept, and what goes before it goes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tenants import audit
from tenants.console import plots, tenant_site
from tenants.models import Tenant

from ..models import RetentionRun
from ..retention import periods
from ..retention.months import kept_since, months_held
from ..retention.run import Going, preview

MAY_SEE, MAY_CHANGE = "profiles.view_retentionrun", "profiles.change_retentionrun"
SHOWN_RUNS = 12


def page(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    tenant = Tenant.objects.get(pk=request.tenant.pk)  # type: ignore[attr-defined]  # HostTenantMiddleware
    wrong, chosen = "", periods.periods_of(tenant)
    form = {"event_months": str(chosen.event_months), "letter_days": str(chosen.letter_days)}
    if request.method == "POST":
        if not user.has_perm(MAY_CHANGE):
            raise PermissionDenied
        form = {name: request.POST.get(name, "") for name in form}
        try:
            wanted = periods.read(**form)
        except periods.BadPeriod as error:
            wrong = str(error)
        else:
            changed = periods.save(tenant.pk, wanted, actor=audit.staff(user))
            said = (
                _("Saved. What is old enough goes in the coming night.")
                if changed
                else _("Nothing was changed.")
            )
            messages.success(request, said)
            return redirect("admin:retention")
    return tenant_site.render(
        request,
        "console/privacy/retention.html",
        "Retention",
        [("Privacy", None), ("Retention", None)],
        status=400 if wrong else 200,
        form=form,
        bounds=periods,
        wrong=wrong,
        may_change=user.has_perm(MAY_CHANGE),
        going=preview(tenant.schema_name, chosen),
        plot=_plot(tenant.schema_name),
        runs=RetentionRun.objects.all()[:SHOWN_RUNS],
        since=kept_since(tenant.schema_name),
    )


def going(request: HttpRequest) -> HttpResponse:
    """What would go with the periods in the form, while they are being chosen."""
    tenant = Tenant.objects.get(pk=request.tenant.pk)  # type: ignore[attr-defined]  # HostTenantMiddleware
    found: Going | None = None
    wrong = ""
    try:
        wanted = periods.read(request.GET.get("event_months", ""), request.GET.get("letter_days", ""))
        found = preview(tenant.schema_name, wanted)
    except periods.BadPeriod as error:
        wrong = str(error)
    return render(request, "console/privacy/going.html", {"going": found, "wrong": wrong})


def _plot(schema: str) -> plots.Columns | None:
    """Events by month of receipt, up to this one."""
    today = dt.datetime.now(dt.UTC).date()
    held = [month for month in months_held(schema) if month.first <= today]
    if not any(month.events for month in held):
        return None
    return plots.columns(
        [f"{month.first:%b %Y}" for month in held],
        {"events": [float(month.events) for month in held]},
        tips=[
            f"{month.first:%B %Y}: {month.events:,} event{'' if month.events == 1 else 's'}, "
            f"{month.bytes / 1e6:,.1f} MB"
            for month in held
        ],
    )


tenant_site.page("retention/", page, name="retention", permission=MAY_SEE)
tenant_site.page("retention/going/", going, name="retention_going", permission=MAY_SEE)
