"""Is everything answering, and what a new tenant should do first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from catalog.models import Item
from profiles.backlog import backlog_of
from profiles.quality.expectations import FAIL
from profiles.quality.watch import troubles
from profiles.retention.months import prepared
from profiles.spool import state as spool_state
from recommendations.models import ModelVersion
from tenants import redis
from tenants.db import connection

SLOW_SECONDS = 10
STALE_MODEL = dt.timedelta(days=10)


@dataclass(frozen=True)
class Check:
    name: str
    state: str
    said: str
    page: str = ""


def checks() -> list[Check]:
    """`state` is "good", "warn" or "bad". The database answered, or this page would not show."""
    return [
        Check("Database", "good", "answers"),
        valkey(),
        _workers(),
        *_spool(),
        *_storage(),
        _model(),
        *_data(),
    ]


def valkey() -> Check:
    try:
        redis.run(lambda client: client.ping())
    except redis.Unavailable:
        return Check("Valkey", "warn", "away: answers come straight from the database, slower")
    return Check("Valkey", "good", "answers")


def _workers() -> Check:
    there = backlog_of(connection.schema_name)
    if there.seconds > SLOW_SECONDS:
        events = f"{there.live:,} event waits" if there.live == 1 else f"{there.live:,} events wait"
        return Check("Workers", "bad", f"{events}: is a worker running?")
    if there.bulk:
        return Check("Workers", "good", f"keeping up; {there.bulk:,} imported wait for a quiet moment")
    return Check("Workers", "good", "keeping up" if there.live else "no event is waiting")


def _spool() -> list[Check]:
    """Said only while something waits. Other shops' events may be among it: no numbers."""
    state = spool_state.describe()["state"]
    if state == "empty":
        return []
    if state == "full":
        return [Check("Event spool", "bad", "the disk for events that wait is full: new ones are refused")]
    return [Check("Event spool", "warn", "events that came while the database was away are being brought in")]


def _storage() -> list[Check]:
    """Said only when something is wrong: nobody wonders whether next month has its table."""
    if prepared(connection.schema_name):
        return []
    return [Check("Event storage", "warn", "the coming month is not prepared: is beat running?")]


def _data() -> list[Check]:
    """What fails or drifts in the data, the worst first; nothing while all is well."""
    found = troubles()
    if not found:
        return []
    state = "bad" if any(one.state == FAIL for one in found) else "warn"
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return [Check("Data quality", state, f"“{found[0].label}”: {found[0].said}{more}", "admin:quality")]


def _model() -> Check:
    version = ModelVersion.objects.filter(stage=ModelVersion.Stage.PRODUCTION).first()
    if version is None:
        return Check("Model", "warn", "none in production: shoppers get what is popular")
    if timezone.now() - version.trained_at > STALE_MODEL:
        return Check("Model", "warn", f"{version.version} was trained more than ten days ago")
    return Check("Model", "good", f"{version.version} is in production")


def first_steps(context: dict[str, Any], may: Callable[[str], bool]) -> list[dict[str, Any]]:
    """The way from an empty tenant to recommendations; empty once all of it is done."""
    answers, events, sales = context.get("answers"), context.get("events"), context.get("sales")
    acted = bool((events and events["total"]) or (sales and sales["plot"]["total"]))
    steps = [
        ("Load the catalogue", "Send items to /api/v1/catalog/items as NDJSON.", Item.objects.exists()),
        ("Send events", "Point a Segment SDK, or the kit, at /v1 with a publishable key.", acted),
        (
            "Train a model",
            "manage.py train --tenant NAME; weekly training does it by itself from then on.",
            ModelVersion.objects.filter(stage=ModelVersion.Stage.PRODUCTION).exists(),
        ),
        (
            "Ask for recommendations",
            "GET /api/v1/recommendations?user_id=…",
            bool(answers and answers["total"]),
        ),
    ]
    if all(done for _, _, done in steps[:3]):
        return []
    keys = reverse("admin:tenants_apikey_changelist") if may("tenants.view_apikey") else None
    return [{"title": title, "how": how, "done": done, "keys": keys} for title, how, done in steps]
