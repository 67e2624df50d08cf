"""The page "Today": what happened lately in one tenant, from its own tables."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from . import cache, health, journeys, quality, sales, traffic


def today(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds the cards and plots that the person may see; each is computed at most once a minute per tenant."""
    tenant = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    may = request.user.has_perm  # type: ignore[union-attr]  # staff only, by then
    context["crumbs"] = [("Today", None)]
    context["currency"] = tenant.currency
    if may("recommendations.view_decision"):
        context["answers"] = cache.remembered(tenant, "answers", traffic.answers)
    if may("profiles.view_event"):
        context["events"] = cache.remembered(tenant, "events", traffic.events)
    if may("catalog.view_item"):
        context["sales"] = cache.remembered(tenant, "sales", sales.lately)
    if may("journeys.view_journey"):
        context["journeys"] = cache.remembered(tenant, "journeys", journeys.lately)
    if may("recommendations.view_modelversion"):
        context["model"] = quality.in_production()
    context["checks"] = health.checks()
    context["first_steps"] = health.first_steps(context, may)
    return context
