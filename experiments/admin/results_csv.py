"""The numbers of an experiment as a table for a spreadsheet: a line for each metric, variant and look."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from typing import Any

from ..results import Results
from ..stats import Comparison, Interval

HEAD = [
    "at", "metric", "role", "variant", "shoppers", "control", "value", "difference", "difference_low",
    "difference_high", "lift", "lift_low", "lift_high", "p_value", "always_valid_difference_low",
    "always_valid_difference_high", "always_valid_lift_low", "always_valid_lift_high", "always_valid_p_value",
]  # fmt: skip


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(results: Results) -> Iterator[str]:
    """CSV with a head (RFC 4180); empty where there is no number; lifts as shares: 0.1 is 10 %."""
    writer = csv.writer(_Echo())
    yield writer.writerow(HEAD)
    for metric in results.metrics:
        for look in metric.looks:
            at = dt.datetime.fromtimestamp(look.at, dt.UTC).isoformat(timespec="seconds")
            for variant, found in look.comparisons.items():
                yield writer.writerow([at, metric.key, metric.role, variant, look.units, *_numbers(found)])


def _numbers(found: Comparison) -> list[Any]:
    return [
        found.control.value if found.control else None,
        found.treatment.value if found.treatment else None,
        *_three(found.fixed),
        *_three(found.fixed_lift),
        found.p_value,
        *_three(found.sequential)[1:],
        *_three(found.sequential_lift)[1:],
        found.sequential_p_value,
    ]


def _three(interval: Interval | None) -> list[float | None]:
    return [interval.value, interval.low, interval.high] if interval else [None, None, None]
