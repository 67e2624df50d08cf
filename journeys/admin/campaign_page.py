"""What the page of one campaign shows: the review before it starts, then its progress and report."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpRequest

from experiments.stats.outcome import Comparison
from profiles.models import Profile, Segment
from tenants.workspace.models import User

from ..campaigns import access
from ..campaigns.audience import audience_of
from ..campaigns.report import Report, report
from ..delivery.policy import Policy
from ..messages.liquid import BrokenTemplate, render
from ..messages.render import mentions
from ..models import Campaign, CampaignMember

TONES = {
    "draft": "",
    "scheduled": "accent",
    "running": "good",
    "paused": "warn",
    "done": "",
    "cancelled": "bad",
}
# Fewer say too little of who will be skipped.
LEAST_DECIDED = 50
_BEFORE = (Campaign.Status.DRAFT, Campaign.Status.SCHEDULED)


def context(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    tenant: Any = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    before = campaign.status in _BEFORE
    found: dict[str, Any] = {
        "campaign": campaign,
        "tone": TONES[campaign.status],
        "before": before,
        "may_change": access.may_change(request.user, campaign),
        "may_add": request.user.has_perm("journeys.add_campaign"),  # type: ignore[union-attr]  # staff
        "able": able_editors(),
        "named": {user.pk for user in access.named(campaign)},
        "zone": tenant.time_zone,
        "currency": tenant.currency,
        "starts": local(campaign.starts_at, tenant.time_zone),
        "policy": Policy.from_settings(tenant.settings),
        "preview_people": _some_members(campaign),
        "subject": _plain_subject(campaign.template.subject),
    }
    if before:
        found["audience"] = audience_of(tenant.schema_name, campaign)
        found["speaks_of"] = _speaks_of(campaign)
        found["segment_live"] = campaign.segment.status == Segment.Status.LIVE
        found["longest"] = (
            _duration(found["audience"].reached, campaign.per_minute) if found["audience"] else ""
        )
        return found
    return {**found, **progress(campaign)}


def _plain_subject(source: str) -> str:
    """As for a shopper of whom nothing is known; nothing when it can't be filled in so."""
    try:
        return render(source, {}, html=False).strip()
    except BrokenTemplate:
        return ""


def _speaks_of(campaign: Campaign) -> str:
    """What the template shows that a campaign can't promise to have: "event", "cart", or nothing of that kind."""
    return next((name for name in ("event", "cart") if mentions(campaign.template, f"{name}.")), "")


def progress(campaign: Campaign) -> dict[str, Any]:
    """What changes while it runs."""
    counted = report(campaign)
    return {
        "campaign": campaign,
        "tone": TONES[campaign.status],
        "report": counted,
        "gathering": campaign.status == "running" and campaign.gathered is not None,
        # Messages may still wait for quiet hours or a cap when everybody has been handed over.
        "working": campaign.status == "running" or (campaign.status == "done" and counted.waiting > 0),
        "left": _duration(_still_to_send(counted), campaign.per_minute) if campaign.status == "running" else "",
        "verdict": _verdict(counted),
        "comparisons": [row for row in (_row("Reached the goal", counted.rate, 100, "%"),
                        _row("Spent, each", counted.value, 1, "")) if row],
    }  # fmt: skip


def _still_to_send(counted: Report) -> int:
    """Of who still waits, those that will likely get it: by the share of skipped ones among the decided."""
    waiting = counted.members.get(CampaignMember.State.WAITING, 0)
    skipped = counted.messages.get("skipped", 0) + counted.messages.get("failed", 0)
    decided = counted.sent + skipped
    return round(waiting * counted.sent / decided) if decided >= LEAST_DECIDED else waiting


def local(moment: dt.datetime | None, zone: str) -> dt.datetime | None:
    """The shop's wall-clock time, without a zone: templates would turn it into UTC again."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if moment else None


def able_editors() -> list[User]:
    """Staff whose role may change campaigns at all."""
    staff = (
        User.objects.filter(Q(is_active=True), is_staff=True).order_by("username").prefetch_related("groups")
    )
    return [user for user in staff if user.has_perm(access.CHANGE)]


def _some_members(campaign: Campaign) -> list[Profile]:
    from profiles.segments.selectors import members

    ids = members(_schema(), campaign.segment_id, limit=3)
    return list(Profile.objects.filter(pk__in=ids))


def _schema() -> str:
    from tenants.db import connection

    return str(connection.schema_name)


def _duration(messages: int, per_minute: int) -> str:
    """How long so many take at that pace, in words; "" without a limit."""
    if not per_minute or not messages:
        return ""
    minutes = messages / per_minute
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        return f"about {minutes:.0f} minute{'' if round(minutes) == 1 else 's'}"
    return f"about {minutes / 60:.1f} hours" if minutes < 48 * 60 else f"about {minutes / 1440:.1f} days"


def _verdict(counted: Report) -> str:
    """The comparison with the holdout as a sentence."""
    rate = counted.rate
    if counted.treated is None or counted.held_out is None:
        return ""
    if rate is None or rate.fixed is None:
        return "Too few shoppers yet to compare with the holdout."
    points = 100 * rate.fixed.value
    if rate.fixed.above:
        return f"The campaign worked: {points:.1f} more of a hundred reached the goal than of those held out."
    if rate.fixed.below:
        return f"The campaign did harm: {-points:.1f} fewer of a hundred reached the goal than of those held out."
    return "No difference from the holdout is proven yet."


def _row(label: str, found: Comparison | None, times: float, unit: str) -> dict[str, Any] | None:
    if found is None or found.fixed is None:
        return None
    interval = found.fixed
    return {
        "label": label,
        "value": times * interval.value,
        "low": times * interval.low,
        "high": times * interval.high,
        "unit": unit,
    }
