"""What keeps the report true while nobody looks: counts added up, changes told once, a figure for Prometheus."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from tenants import audit, redis
from tenants.scope import Scope

from ..days import calendar, current
from ..features.definitions import BY_NAME
from . import drift, snapshot
from .expectations import FAIL, NONE, WARN
from .models import QualityState
from .report import report

EXAMPLES = 20
KEEP_DAYS = 70
_GAUGE_KEY = "attune:data-quality"
_DRIFT = "drift:"


@dataclass(frozen=True)
class Trouble:
    """Something that somebody should look at. `since`: when it became so."""

    name: str
    label: str
    state: str
    said: str
    since: dt.datetime
    feature: bool


def check(scope: Scope, now: dt.datetime) -> int:
    """Judge the expectations, tell what changed in the audit trail; how many fail. Running it twice changes nothing."""
    fold(scope.schema, now)
    found = {one.name: one.state for one in report(now)}
    _tell(found, now)
    _publish(scope.schema)
    return sum(1 for state in found.values() if state == FAIL)


def measure(scope: Scope, now: dt.datetime) -> int:
    """Note how features are distributed today and tell which began or ceased to drift; how many drift."""
    with transaction.atomic():
        snapshot.take(scope, now)
    today = calendar(scope.time_zone).date(now)
    snapshot.forget(today - dt.timedelta(days=KEEP_DAYS))
    moved = {row.feature for row in snapshot.drifting(today)}
    _tell({_DRIFT + name: WARN if name in moved else "pass" for name in BY_NAME}, now)
    _publish(scope.schema)
    return len(moved)


def troubles() -> list[Trouble]:
    """What fails or drifts in the connection's tenant, the worst first. One query and the report's."""
    rows = list(QualityState.objects.filter(state__in=(FAIL, WARN)).order_by("state", "since"))
    if not rows:
        return []
    now = timezone.now()
    results = {one.name: one for one in report(now)}
    distances = {row.feature: row.kl for row in snapshot.drifting(current().date(now))}
    found = []
    for row in rows:
        name = row.name.removeprefix(_DRIFT)
        if name in results:
            one = results[name]
            if one.state in (FAIL, WARN):
                found.append(Trouble(name, one.label, one.state, one.said, row.since, False))
        elif name in distances and name in BY_NAME:
            said = f"moved from the 28 days before: divergence {distances[name]:.2f}, {drift.LIMIT:g} is the limit"
            found.append(Trouble(name, BY_NAME[name].label, WARN, said, row.since, True))
    return found


def fold(schema: str, now: dt.datetime) -> None:
    """Add up what batches appended for hours that are over, and forget what is too old to be shown."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""WITH gone AS (
                    DELETE FROM "{schema}".profiles_qualitycount c
                    USING (SELECT hour, name FROM "{schema}".profiles_qualitycount
                           WHERE hour < date_trunc('hour', %s::timestamptz) - interval '1 hour'
                           GROUP BY 1, 2 HAVING count(*) > 1) AS several
                    WHERE c.hour = several.hour AND c.name = several.name
                    RETURNING c.hour, c.name, c.checked, c.failed)
                INSERT INTO "{schema}".profiles_qualitycount (hour, name, checked, failed)
                SELECT hour, name, sum(checked), sum(failed) FROM gone GROUP BY 1, 2""",
            [now],
        )
        cursor.execute(
            f'DELETE FROM "{schema}".profiles_qualitycount WHERE hour < %s',
            [now - dt.timedelta(days=KEEP_DAYS)],
        )
        cursor.execute(
            f"""DELETE FROM "{schema}".profiles_qualityexample WHERE id IN (
                    SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY name ORDER BY id DESC) AS place
                                    FROM "{schema}".profiles_qualityexample) AS ordered WHERE place > {EXAMPLES})"""
        )


def _tell(found: dict[str, str], now: dt.datetime) -> None:
    with transaction.atomic():
        known = {row.name: row for row in QualityState.objects.select_for_update().filter(name__in=found)}
        for name, state in found.items():
            row = known.get(name)
            # Too little to tell is no news: a failure lasts until something passes.
            if state == NONE or (row is not None and row.state == state):
                continue
            QualityState.objects.update_or_create(name=name, defaults={"state": state, "since": now})
            if state in (FAIL, WARN) or (row is not None and row.state in (FAIL, WARN)):
                kind = "feature" if name.startswith(_DRIFT) else "expectation"
                audit.record(
                    "data quality changed",
                    f"{kind}:{name.removeprefix(_DRIFT)}",
                    "system",
                    was=row.state if row is not None else "",
                    state=state,
                )


def _publish(schema: str) -> None:
    """For /metrics: "failing drifting", which no web process could count over all schemas."""
    rows = QualityState.objects.filter(state__in=(FAIL, WARN)).values_list("name", "state")
    failing = sum(1 for name, state in rows if state == FAIL)
    drifting = sum(1 for name, _ in rows if name.startswith(_DRIFT))
    try:
        redis.run(lambda client: client.hset(_GAUGE_KEY, schema, f"{failing} {drifting}"))
    except redis.Unavailable:
        return
