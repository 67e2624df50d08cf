"""What is known of shoppers: every feature with its meaning, how many have it, how it is distributed and who uses it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError as BrokerError

from tenants import audit
from tenants.console import tenant_site
from tenants.console.plots import columns

from ..days import current
from ..features import zone
from ..features.definitions import BY_NAME, FEATURES, GROUPS, Feature
from ..features.uses import uses_of
from ..models import FeatureDay
from ..quality import drift
from ..quality.distribution import added, ordered, shares
from ..quality.snapshot import REFERENCE_DAYS
from ..quality.tasks import measure_features
from .facts import GROUP_NAMES, said

_VERDICTS = {
    drift.DRIFT: ("bad", "Drifts"),
    drift.STEADY: ("good", "Steady"),
    drift.TOO_FEW: ("", "Too few shoppers to tell"),
    drift.NOTHING_BEFORE: ("", "No days before to compare with"),
    "": ("", "Not measured yet"),
}
_TYPES = {
    "integer": "A whole number",
    "number": "A number",
    "ratio": "A share, 0 to 1",
    "text": "A word",
    "shares": "Names with their shares",
    "integer or band": "A number, or a band such as 35-44",
}


def listing(request: HttpRequest) -> HttpResponse:
    """All features by group; `q` looks in names and meanings."""
    wanted = request.GET.get("q", "").strip().lower()
    latest = _latest()
    groups = []
    for group in GROUPS:
        rows = [
            {"feature": f, "meaning": f.description, **_row(f, latest.get(f.name))}
            for f in FEATURES
            if f.group == group and wanted in f"{f.label} {f.name} {f.description}".lower()
        ]
        if rows:
            groups.append((GROUP_NAMES[group], rows))
    measured = max((row.day for row in latest.values()), default=None)
    return tenant_site.render(
        request,
        "console/features.html",
        "Features",
        [("Shoppers", None), ("Features", None)],
        groups=groups,
        wanted=request.GET.get("q", ""),
        measured=measured,
        shoppers=max((row.shoppers for row in latest.values()), default=0),
        drifting=sum(1 for row in latest.values() if row.verdict == drift.DRIFT),
        may_measure=_may_measure(request),
        recounted=zone.progress(),
    )


def detail(request: HttpRequest, name: str) -> HttpResponse:
    feature = BY_NAME.get(name)
    if feature is None:
        raise Http404
    since = current().date(timezone.now()) - dt.timedelta(days=70)
    days = list(FeatureDay.objects.filter(feature=name, day__gte=since).order_by("day"))
    return tenant_site.render(
        request,
        "console/feature.html",
        feature.label,
        [("Shoppers", None), ("Features", reverse("admin:features")), (feature.label, None)],
        feature=feature,
        group=GROUP_NAMES[feature.group],
        type=_TYPES[feature.type],
        default=said(feature.default) or "nothing",
        uses=uses_of(name),
        may_measure=_may_measure(request),
        **_row(feature, days[-1] if days else None),
        **_plots(days),
    )


def _plots(days: list[FeatureDay]) -> dict[str, Any]:
    """The distribution now and before, on the same bins; and how many had a value, and how far it moved, by the day."""
    if not days:
        return {}
    now = days[-1]
    past = [row for row in days[:-1] if row.day >= now.day - dt.timedelta(days=REFERENCE_DAYS)]
    before = added(row.histogram for row in past)
    every = {**before, **now.histogram}
    bins = ordered(every, now.histogram or before)[:24]
    pair = [shares(bins, counts) for counts in (now.histogram, before)]
    dates = [f"{row.day:%-d %b}" for row in days]
    covered = [100 * row.known / row.shoppers if row.shoppers else 0.0 for row in days]
    judged = [row for row in days if row.kl is not None]
    return {
        "measured": now,
        "past": past,
        "last_past": past[-1] if past else None,
        "bins": [{"name": name, "now": a, "before": b} for name, a, b in zip(bins, *pair, strict=True)],
        "widest": max((value for side in pair for value in side), default=0) or 1,
        "covered": columns(
            dates,
            {"known": covered},
            tips=[
                f"{d}: {c:.0f} % of {row.shoppers:,}" for d, c, row in zip(dates, covered, days, strict=True)
            ],
        ),
        "moved": columns(
            [f"{row.day:%-d %b}" for row in judged],
            {"divergence": [row.kl or 0 for row in judged]},
            tips=[f"{row.day:%-d %b}: {row.kl:.3f}" for row in judged],
        )
        if judged
        else None,
        "limit": drift.LIMIT,
    }


@require_POST
def measure(request: HttpRequest) -> HttpResponse:
    """Measure the distributions now, in the background."""
    if not _may_measure(request):
        raise PermissionDenied
    schema = request.tenant.schema_name  # type: ignore[attr-defined]  # HostTenantMiddleware
    try:
        measure_features.apply_async(args=(schema,), expires=600, retry=False)
    except (BrokerError, OSError):
        messages.error(request, "No worker can be reached; the measure is made tonight.")
    else:
        with transaction.atomic():
            audit.record("features measured", "features:all", audit.staff(request.user))
        messages.success(request, "Being measured: look again in a minute.")
    return HttpResponseRedirect(reverse("admin:features"))


def _row(feature: Feature, row: FeatureDay | None) -> dict[str, Any]:
    tone, verdict = _VERDICTS[row.verdict if row else ""]
    return {
        "covered_share": 100 * row.known / row.shoppers if row and row.shoppers else None,
        "tone": tone,
        "verdict": verdict,
        "kl": row.kl if row else None,
    }


def _latest() -> dict[str, FeatureDay]:
    since = current().date(timezone.now()) - dt.timedelta(days=3)
    return {row.feature: row for row in FeatureDay.objects.filter(day__gte=since).order_by("day")}


def _may_measure(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("profiles.change_featureday"))  # type: ignore[union-attr]


_MAY = "profiles.view_featureday"
tenant_site.page("features/", listing, name="features", permission=_MAY)
tenant_site.page("features/measure/", measure, name="features_measure", permission=_MAY)
tenant_site.page("features/<slug:name>/", detail, name="feature", permission=_MAY)
