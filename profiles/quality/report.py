"""The report: each expectation with what was looked at lately, what failed, and how it went before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncDate

from ..days import current
from . import filled
from .expectations import EVENTS, EXPECTATIONS, FAIL, FRESH, NONE, OFF, PASS, VOLUME, WARN, Expectation
from .limits import read_limits
from .models import QualityCount

LATELY = dt.timedelta(hours=24)
DAYS = 28
WEEKS = 4
# An hour in which fewer events were usual says nothing by being quiet.
_LEAST_USUAL = 30
# So many usual hours without any event are silence.
_SILENT_HOURS = 3


@dataclass(frozen=True)
class Result:
    """`state`: pass, warn, fail, or none when too little was looked at. `said`: what was found, for people.

    `days`: (day, looked at, failed), oldest first.
    """

    name: str
    label: str
    description: str
    advice: str
    of: str
    state: str
    checked: int
    failed: int
    said: str
    days: tuple[tuple[dt.date, int, int], ...] = ()
    limits: tuple[float, float] | None = None
    ge_type: str = ""
    kwargs: dict[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        return 100 * self.failed / self.checked if self.checked else None


def report(now: dt.datetime, *, off: bool = False) -> list[Result]:
    """Every expectation of the connection's tenant, judged over the last 24 hours (and the last full hour).

    With `off` also those that the merchant switched off, which are judged by nobody.
    """
    lately = {
        row["name"]: (row["checked"], row["failed"])
        for row in QualityCount.objects.filter(hour__gte=now - LATELY)
        .values("name")
        .annotate(checked=Sum("checked"), failed=Sum("failed"))
    }
    history = _history(now)
    limits = read_limits()
    mine = [limits.of(one) or one for one in EXPECTATIONS if off or limits.of(one)]
    results = [_judged(one, *lately.get(one.name, (0, 0)), history.get(one.name, {}), now) for one in mine]
    results = [
        one if limits.expects(one.name) else replace(one, state=OFF, said="Switched off") for one in results
    ]
    hours = _hours(now)
    return [_volume(hours, history.get(EVENTS, {}), now), _fresh(hours, now), *results, *_features(now)]


def _judged(
    one: Expectation, checked: int, failed: int, days: dict[dt.date, tuple[int, int]], now: dt.datetime
) -> Result:
    state = one.judge(checked, failed)
    if not checked:
        said = f"No {one.of} in 24 hours"
    elif state == NONE:
        said = f"Only {_counted(checked, one.of)} in 24 hours: too few to tell"
    else:
        said = (
            f"{_percent(failed / checked)} of {_counted(checked, one.of)} fail{'s' if checked == 1 else ''}"
        )
    return Result(
        one.name,
        one.label,
        one.description,
        one.advice,
        one.of,
        state,
        checked,
        failed,
        said,
        _filled(days, now),
        (one.warn, one.fail),
        one.ge_type,
        {"mostly": round(1 - one.fail, 6)},
    )


def _counted(number: int, of: str) -> str:
    """1 order, 2 orders: whatever expectations count has its plural with an s."""
    return f"{number:,} {of.removesuffix('s') if number == 1 else of}"


def _features(now: dt.datetime) -> list[Result]:
    return [
        Result(
            one.name,
            one.label,
            one.description,
            one.advice,
            one.of,
            state,
            checked,
            failed,
            said,
            (),
            (one.warn, one.fail),
            one.ge_type,
            {"mostly": round(1 - one.fail, 6)},
        )
        for one, state, checked, failed, said in filled.judged(now)
    ]


def _volume(hours: dict[dt.datetime, int], days: dict[dt.date, tuple[int, int]], now: dt.datetime) -> Result:
    """The last full hour against the same hour of the weeks before."""
    last = _hour(now) - dt.timedelta(hours=1)
    before = [hours.get(last - dt.timedelta(weeks=week), 0) for week in range(1, WEEKS + 1)]
    first = min(hours, default=last)
    known = [count for week, count in enumerate(before, 1) if last - dt.timedelta(weeks=week) >= first]
    usual, found = (median(known) if known else 0), hours.get(last, 0)
    if usual < _LEAST_USUAL:
        state, said = NONE, "Not enough weeks, or too quiet hours, to say what is usual"
    else:
        low, high = found / usual < 0.3, found / usual > 3
        state = FAIL if found / usual < 0.1 else WARN if low or high else PASS
        said = f"{found:,} in the last full hour; {usual:,.0f} are usual at this hour of the week"
    return Result(
        VOLUME,
        "As many events as usual",
        "The last full hour is compared with the same hour of the last four weeks.",
        "Look whether a tag or a server stopped sending, or sends everything twice.",
        "events",
        state,
        found,
        0,
        said,
        _filled(days, now),
        None,
        "expect_table_row_count_to_be_between",
        {"min_value": int(usual * 0.3), "max_value": int(usual * 3)},
    )


def _fresh(hours: dict[dt.datetime, int], now: dt.datetime) -> Result:
    """Whether anything came lately, where something usually comes."""
    week = [hours.get(_hour(now) - dt.timedelta(hours=back), 0) for back in range(1, 169)]
    busy = sum(1 for count in week if count) / len(week)
    last = max((hour for hour, count in hours.items() if count), default=None)
    silent = (_hour(now) - last).total_seconds() / 3600 if last else 0.0
    if last is None or busy < 0.5:
        state, said = NONE, "No event yet" if last is None else "Events come too seldom to miss them"
    else:
        state = FAIL if silent >= 2 * _SILENT_HOURS else WARN if silent >= _SILENT_HOURS else PASS
        said = "Events came within the hour" if silent < 2 else f"No event for {silent:,.0f} hours"
    return Result(
        FRESH,
        "Events keep coming",
        "Where events come in most hours, three hours without any are silence.",
        "Look whether the shop still sends: Connect shows what arrives.",
        "hours",
        state,
        len(week),
        sum(1 for count in week if not count),
        said,
        (),
        None,
        "expect_column_max_to_be_between",
        {"max_silent_hours": _SILENT_HOURS},
    )


def _hours(now: dt.datetime) -> dict[dt.datetime, int]:
    since = _hour(now) - dt.timedelta(weeks=WEEKS, hours=1)
    rows = QualityCount.objects.filter(name=EVENTS, hour__gte=since).values("hour")
    return {row["hour"]: row["n"] for row in rows.annotate(n=Sum("checked"))}


def _history(now: dt.datetime) -> dict[str, dict[dt.date, tuple[int, int]]]:
    rows = (
        QualityCount.objects.filter(hour__gte=now - dt.timedelta(days=DAYS))
        .annotate(day=TruncDate("hour", tzinfo=current().zone))
        .values("name", "day")
        .annotate(checked=Sum("checked"), failed=Sum("failed"))
    )
    found: dict[str, dict[dt.date, tuple[int, int]]] = {}
    for row in rows:
        found.setdefault(row["name"], {})[row["day"]] = (row["checked"], row["failed"])
    return found


def _filled(days: dict[dt.date, tuple[int, int]], now: dt.datetime) -> tuple[tuple[dt.date, int, int], ...]:
    today = current().date(now)
    every = [today - dt.timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return tuple((day, *days.get(day, (0, 0))) for day in every)


def _hour(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)


def _percent(share: float) -> str:
    return "None" if share == 0 else "Under 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"


def document(results: list[Result], now: dt.datetime) -> dict[str, Any]:
    """The report in the form of Great Expectations' validation results (version 1, `ExpectationSuiteValidationResult`)."""
    judged = [one for one in results if one.state != NONE]
    good = [one for one in judged if one.state != FAIL]
    return {
        "success": len(good) == len(judged),
        "suite_name": "events",
        "statistics": {
            "evaluated_expectations": len(judged),
            "successful_expectations": len(good),
            "unsuccessful_expectations": len(judged) - len(good),
            "success_percent": 100 * len(good) / len(judged) if judged else None,
        },
        "results": [_document(one) for one in judged],
        "meta": {"run_id": {"run_time": now.isoformat()}, "window_hours": 24},
    }


def _document(one: Result) -> dict[str, Any]:
    return {
        "success": one.state != FAIL,
        "expectation_config": {
            "type": one.ge_type,
            "kwargs": one.kwargs,
            "meta": {"name": one.name, "notes": one.description},
        },
        "result": {
            "element_count": one.checked,
            "unexpected_count": one.failed,
            "unexpected_percent": one.share,
            "observed_value": one.said,
        },
        "meta": {"state": one.state},
    }
