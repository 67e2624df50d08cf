"""The interval of the primary metric over time, made ready for the template."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.console.bands import Bands, Point, bands

from ..results import ArmUnits, LookBack, MetricResult, Results
from ..results.words import Wording, signed
from .results_page import span


def plot(results: Results, metric: MetricResult, wording: Wording, zone: str) -> tuple[Bands | None, bool]:
    """(always-valid intervals over time, whether they are of the lift); of the difference where there is no lift."""
    arms = [arm for arm, _comparison in results.compared(metric.comparisons)]
    relative = any(found.sequential_lift is not None for found in metric.comparisons.values())

    def say(value: float) -> str:
        return signed(value) if relative else wording.difference(metric, value)

    def point(look: LookBack, arm: ArmUnits) -> Point | None:
        found = look.comparisons[arm.key]
        interval = found.lift(sequential=True) if relative else found.interval(sequential=True)
        return (interval.value, interval.low, interval.high) if interval else None

    def tip(look: LookBack) -> str:
        local = dt.datetime.fromtimestamp(look.at, ZoneInfo(zone))
        shoppers = ngettext("%(n)s shopper", "%(n)s shoppers", look.units) % {"n": f"{look.units:,}"}
        said = [date_format(local, "j M Y H:i"), shoppers]
        for arm in arms:
            seen = point(look, arm)
            numbers = f"{say(seen[0])} ({span(say(seen[1]), say(seen[2]))})" if seen else _("not known yet")
            said.append(f"{arm.name}: {numbers}")
        return " · ".join(said)

    drawn = bands(
        [look.at for look in metric.looks],
        [(arm.name, [point(look, arm) for look in metric.looks]) for arm in arms],
        tips=[tip(look) for look in metric.looks],
        write=_short_percent if relative else say,
    )
    return drawn, relative


def _short_percent(share: float) -> str:
    value = round(100 * share, 6)
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):g} %"
