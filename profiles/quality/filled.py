"""What is expected of the features themselves: that they stay known, and within what people can be."""

from __future__ import annotations

import datetime as dt

from ..days import current
from ..features.definitions import BY_NAME
from .expectations import FAIL, NONE, PASS, WARN, Expectation
from .models import FeatureDay

FILLED = Expectation(
    "features_filled",
    "Features stay known",
    "features",
    "No feature is known of 10 % fewer shoppers than in the 28 days before.",
    "Look at the feature's page, and whether what it is made from still arrives.",
    0.0,
    0.2,
    "expect_column_proportion_of_non_null_values_to_be_between",
    1,
)
AGES = Expectation(
    "ages_likely",
    "Ages are those of people",
    "shoppers with an age",
    "Ages lie between 10 and 109 years.",
    "Look whether “age” holds a year of birth, or birthdays a default such as 1900-01-01.",
    0.01,
    0.10,
    "expect_column_values_to_be_between",
)
_FELL = 0.10
_DAYS = 28


def judged(now: dt.datetime) -> list[tuple[Expectation, str, int, int, str]]:
    """(expectation, state, looked at, failed, what was found), from the latest measure of features."""
    today = current().date(now)
    rows = FeatureDay.objects.filter(day__gte=today - dt.timedelta(days=_DAYS + 2)).order_by("day")
    by_feature: dict[str, list[FeatureDay]] = {}
    for row in rows:
        by_feature.setdefault(row.feature, []).append(row)
    return [(FILLED, *_filled(by_feature)), (AGES, *_ages(by_feature.get("age", [])))]


def _filled(by_feature: dict[str, list[FeatureDay]]) -> tuple[str, int, int, str]:
    known = {name: days for name, days in by_feature.items() if len(days) > 1 and name in BY_NAME}
    if not known:
        return NONE, 0, 0, "Told after the second measure"
    fell = []
    for name, days in known.items():
        *before, last = days
        usual = sum(_share(row) for row in before) / len(before)
        if usual - _share(last) > _FELL:
            fell.append(BY_NAME[name].label)
    if not fell:
        return PASS, len(known), 0, f"All {len(known)} features are known of as many shoppers as before"
    state = FILLED.judge(len(known), len(fell))
    return state, len(known), len(fell), f"Known of fewer shoppers than before: {', '.join(sorted(fell)[:3])}"


def _ages(days: list[FeatureDay]) -> tuple[str, int, int, str]:
    if not days:
        return NONE, 0, 0, "No feature was measured yet"
    last = days[-1]
    # Bands that the shop sends are its own; numbers are in bins of ten years.
    odd = sum(n for name, n in last.histogram.items() if not 10 <= _lower(name) < 110)
    state = AGES.judge(last.known, odd)
    if state == NONE:
        return NONE, last.known, odd, "Too few shoppers with an age to tell"
    words = {PASS: "are likely", WARN: "are mostly likely", FAIL: "are often unlikely"}
    return state, last.known, odd, f"The ages of {last.known:,} shoppers {words[state]}; {odd:,} are not"


def _lower(name: str) -> int:
    """The lower end of a bin ("30–39") or band ("35-44"); what is no number counts as likely."""
    digits = "".join(c if c.isdigit() else " " for c in name).split()
    return int(digits[0]) if digits else 50


def _share(row: FeatureDay) -> float:
    return row.known / row.shoppers if row.shoppers else 0.0
