"""How many shoppers and days an experiment needs, from what the tenant's own shoppers did lately."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from .models import Metric
from .stats import Baseline, Design, Estimate, Mean, Moments, Ratio, detectable, units_needed

# What is looked back at: arrivals of four weeks, each followed for the metric's window.
DAYS = 28
KINDS = {"view": 1, "cart": 2, "order": 3, "click": 6}
LONGEST = 365


@dataclass(frozen=True, slots=True)
class BaseRate:
    """As if an experiment had run: `shoppers` who came within `DAYS`, `arrivals` of them on each day, and the metric."""

    shoppers: int
    arrivals: list[int]
    baseline: Baseline


@dataclass(frozen=True, slots=True)
class Plan:
    """`effect`: relative. `units` of all variants together; `days` until they have come, None when they hardly will."""

    effect: float
    units: int | None
    per_variant: int | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Setting:
    """`traffic`: share of the shoppers that take part. `sequential`: decided by the always-valid interval."""

    variants: int = 2
    traffic: float = 1.0
    alpha: float = 0.05
    power: float = 0.8
    sequential: bool = True

    @property
    def design(self) -> Design:
        share = 1 / self.variants
        return Design(self.alpha / (self.variants - 1), self.power, share, share, self.sequential)


def plan(baseline: Baseline, arrivals: list[int], effect: float, setting: Setting) -> Plan:
    """What it takes to find a relative `effect` (0.05 is 5 %)."""
    units = units_needed(baseline, baseline.value * effect, setting.design)
    if units is None:
        return Plan(effect, None, None, None)
    each = -(-units // setting.variants)
    return Plan(
        effect, each * setting.variants, each, days_for(each * setting.variants, arrivals, setting.traffic)
    )


def effect_after(baseline: Baseline, units: float, setting: Setting) -> float | None:
    """The smallest relative effect that so many units find."""
    found = detectable(baseline, units, setting.design)
    return found / baseline.value if found is not None and baseline.value > 0 else None


def days_for(units: int, arrivals: list[int], traffic: float) -> int | None:
    """Days until so many different shoppers have come; beyond the days known, as many a day as in the last week."""
    come = 0.0
    for day, new in enumerate(arrivals, 1):
        come += traffic * new
        if come >= units:
            return day
    a_day = traffic * sum(arrivals[-7:]) / max(1, len(arrivals[-7:]))
    if a_day <= 0:
        return None
    days = len(arrivals) + int(-(-(units - come) // a_day))
    return days if days <= LONGEST else None


def baseline_of(kind: str, estimate: Estimate | None) -> Baseline | None:
    """Of a control that was measured; None when it varies too little to plan with."""
    if estimate is None or estimate.variance <= 0 or estimate.value <= 0:
        return None
    if kind == Metric.Kind.PROPORTION:
        return Baseline.of_proportion(estimate.value) if estimate.value < 1 else None
    return Baseline.of_mean(estimate.value, estimate.variance * estimate.n)


def base_rate(schema: str, metric: Metric, now: dt.datetime) -> BaseRate | None:
    """What the metric was for shoppers who came lately; None when interactions do not tell, or nobody came.

    Whoever did anything in the four weeks that ended one window ago counts from their first act then, and what followed
    within the window is theirs. One pass over the interactions of those weeks.
    """
    kinds = [KINDS.get(what) for what in (metric.what, metric.per_what or metric.what)]
    if None in kinds:
        return None
    end = now - dt.timedelta(days=metric.window_days)
    start = end - dt.timedelta(days=DAYS)
    measures = [_measure(metric.measure), _measure(metric.per_measure or "count")]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH came AS MATERIALIZED (
                    SELECT profile_id, min(at) AS at FROM "{schema}".profiles_interaction
                    WHERE at >= %(start)s AND at < %(end)s GROUP BY profile_id),
                did AS (
                    SELECT i.profile_id, {measures[0]} FILTER (WHERE i.kind = %(kind)s) AS y,
                           {measures[1]} FILTER (WHERE i.kind = %(per)s) AS x
                    FROM came c JOIN "{schema}".profiles_interaction i
                         ON i.profile_id = c.profile_id AND i.at > c.at AND i.at < c.at + make_interval(days => %(window)s)
                    WHERE i.at >= %(start)s GROUP BY i.profile_id)
                SELECT floor(extract(epoch FROM c.at - %(start)s) / 86400)::int AS day, count(*),
                       sum(coalesce(y, 0))::float8, sum(coalesce(y, 0) ^ 2)::float8, sum(coalesce(x, 0))::float8,
                       sum(coalesce(x, 0) ^ 2)::float8, sum(coalesce(y, 0) * coalesce(x, 0))::float8,
                       count(*) FILTER (WHERE y > 0)
                FROM came c LEFT JOIN did d USING (profile_id) GROUP BY 1 ORDER BY 1""",
            {"start": start, "end": end, "kind": kinds[0], "per": kinds[1], "window": metric.window_days},
        )
        rows = cursor.fetchall()
    if not rows:
        return None
    arrivals = [0] * DAYS
    for row in rows:
        arrivals[min(row[0], DAYS - 1)] += row[1]
    n, y, yy, x, xx, xy, happened = (sum(row[place] for row in rows) for place in range(1, 8))
    if metric.kind == Metric.Kind.PROPORTION:
        baseline = Baseline.of_proportion(happened / n) if 0 < happened < n else None
    else:
        moments = Moments.of_sums(n, y, yy, x, xx, xy)
        statistic = Ratio(moments) if metric.kind == Metric.Kind.RATIO else Mean(moments)
        baseline = None if statistic.problem else baseline_of(metric.kind, statistic.estimate())
    return BaseRate(n, arrivals, baseline) if baseline else None


def _measure(measure: str) -> str:
    """SQL over a shopper's interactions of one kind."""
    if measure in ("value", "quantity"):
        return f"sum(i.{measure})"
    # Lines of one order are one order; what belongs to none counts by itself.
    return "count(DISTINCT CASE WHEN i.order_key <> 0 THEN i.order_key ELSE -i.id END)"
