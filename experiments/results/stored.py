"""Results are kept for a minute: people reload pages, and a large experiment takes seconds to count."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import msgspec
from django.utils import timezone

from tenants.db import tenant_connection

from ..models import Experiment, Look
from .compute import results_of
from .document import METHOD, Results

FRESH = dt.timedelta(minutes=1)


def latest(schema: str, experiment: Experiment, *, fresh: dt.timedelta = FRESH) -> Results | None:
    """The results of a tenant's experiment, no older than `fresh`; None when it never started.

    What can no longer change is not counted again: a stopped experiment whose last window has closed.
    """
    if not experiment.has_run:
        return None
    now = timezone.now()
    with tenant_connection(schema):
        look = Look.objects.filter(experiment=experiment).order_by("-at").first()
        kept = _read(look) if look else None
        if look and kept and _holds(experiment, kept, look.at, now - fresh):
            return kept
        found = results_of(schema, experiment, now)
        Look.objects.update_or_create(
            experiment=experiment, at=now, defaults={"results": msgspec.to_builtins(found)}
        )
        Look.objects.filter(experiment=experiment, at__lt=now).delete()
    return found


def last_known(schema: str, experiment_ids: list[int]) -> dict[int, Results]:
    """What was counted last, however old, by experiment: for lists."""
    with tenant_connection(schema):
        looks = (
            Look.objects.filter(experiment_id__in=experiment_ids).order_by("at").select_related("experiment")
        )
        # It may have been stopped since.
        return {
            look.experiment_id: replace(results, stopped=look.experiment.stopped_at is not None)
            for look in looks
            if (results := _read(look))
        }


def _holds(experiment: Experiment, results: Results, looked: dt.datetime, oldest: dt.datetime) -> bool:
    if looked < experiment.updated_at or results.method != METHOD:
        return False
    if looked > oldest or experiment.stopped_at is None:
        return looked > oldest
    longest = max((metric.window_days for metric in results.metrics), default=0)
    # An hour more for events that were on their way.
    return looked > experiment.stopped_at + dt.timedelta(days=longest, hours=1)


def _read(look: Look) -> Results | None:
    """None for what an older version wrote in another form."""
    try:
        return msgspec.convert(look.results, Results)
    except msgspec.ValidationError:
        return None
