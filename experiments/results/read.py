"""From the log to arrays: who was exposed when to what, what they did, and what they had done before.

Units travel as their 16 bytes and are matched here by a 64-bit hash of them: a million rows match in a tenth of the time
that a join takes. Two of a million units share a hash with a chance of 3e-8.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenants.columns import read_columns

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

SECOND = 1_000_000
DAY = 86_400 * SECOND
# What Postgres sends of a timestamp: microseconds since this moment.
EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def microseconds(at: dt.datetime) -> int:
    return int((at - EPOCH) / dt.timedelta(microseconds=1))


def unix(at: float) -> float:
    return at / SECOND + EPOCH.timestamp()


@dataclass(frozen=True, slots=True)
class Exposed:
    """Units that count, sorted by `key`. `arm`: place of the variant in the order asked for; `at`: microseconds.

    `crossed`: how many were left out because they saw two variants.
    """

    key: NDArray[np.uint64]
    arm: Integers
    at: Integers
    crossed: int

    def __len__(self) -> int:
        return len(self.key)

    def until(self, at: int) -> Exposed:
        """Those exposed by a moment (microseconds)."""
        kept = self.at <= at
        return Exposed(self.key[kept], self.arm[kept], self.at[kept], self.crossed)

    def find(self, keys: NDArray[np.uint64]) -> tuple[Integers, NDArray[np.bool_]]:
        """(row of each key, whether there is one)."""
        if not len(self.key):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
        rows = np.minimum(np.searchsorted(self.key, keys), len(self.key) - 1)
        return rows, self.key[rows] == keys


@dataclass(frozen=True, slots=True)
class Happenings:
    """Conversions of one kind by exposed units: row of the unit, time in microseconds, worth and number of items."""

    row: Integers
    at: Integers
    value: Floats
    quantity: Floats


def exposed_units(schema: str, experiment_id: int, variant_ids: Sequence[int]) -> Exposed:
    """One read of the exposure log. Exposures to variants that are gone are left out."""
    unit, variant, at, crossed = read_columns(
        [("unit", ">u8"), ("int8send(variant_id)", ">i8"), ("timestamptz_send(at)", ">i8"),
         ("int2send(crossed::int::smallint)", ">i2")],
        f'"{schema}".experiments_exposure WHERE experiment_id = %s AND octet_length(unit) = 16',
        [experiment_id],
    )  # fmt: skip
    arm = np.full(len(variant), -1, np.int64)
    for place, variant_id in enumerate(variant_ids):
        arm[variant == variant_id] = place
    kept = (arm >= 0) & (crossed == 0)
    key, when = _keys(unit)[kept], at[kept].astype(np.int64)
    order = np.argsort(key)
    # Events are dated to the second: a click in the second of its exposure came after it.
    return Exposed(key[order], arm[kept][order], (when // SECOND * SECOND)[order], int(crossed.sum()))


def happenings(schema: str, exposed: Exposed, what: str, until: int) -> Happenings:
    """Conversions of a kind (Metric.counted) by exposed units, from the first exposure to `until` (microseconds)."""
    if not len(exposed):
        return Happenings(*(np.zeros(0, form) for form in (np.int64, np.int64, float, float)))
    unit, at, value, quantity = read_columns(
        [("unit", ">u8"), ("timestamptz_send(at)", ">i8"), ("float8send(value)", ">f8"),
         ("float8send(quantity)", ">f8")],
        f'"{schema}".experiments_conversion WHERE what = %s AND at >= %s AND at <= %s AND octet_length(unit) = 16',
        [what, _moment(int(exposed.at.min())), _moment(until)],
    )  # fmt: skip
    row, known = exposed.find(_keys(unit))
    return Happenings(
        row[known],
        at[known].astype(np.int64),
        value[known].astype(float),
        quantity[known].astype(float),
    )


# The interactions that tell what a metric counts.
KINDS = {"view": 1, "cart": 2, "order": 3, "click": 6}


@dataclass(frozen=True, slots=True)
class Past:
    """Interactions of one kind by exposed units before their exposure, a line of an order each."""

    row: Integers
    value: Floats
    quantity: Floats
    order: Integers


def past(schema: str, experiment_id: int, exposed: Exposed, what: str, days: int) -> Past | None:
    """Of each exposed unit, from the `days` before its exposure; None when interactions don't tell `what`.

    Added up here and not in SQL, where grouping a million units takes thrice the time of reading them.
    """
    if what not in KINDS or not days or not len(exposed):
        return None
    unit, value, quantity, order = read_columns(
        [("e.unit", ">u8"), ("float8send(i.value)", ">f8"), ("float8send(i.quantity)", ">f8"),
         ("int8send(i.order_key)", ">i8")],
        f""""{schema}".experiments_exposure e
            JOIN "{schema}".profiles_profile p ON p.unit = e.unit
            JOIN "{schema}".profiles_interaction i
                 ON i.profile_id = p.id AND i.at < e.at AND i.at >= e.at - make_interval(days => %s)
            WHERE e.experiment_id = %s AND NOT e.crossed AND octet_length(e.unit) = 16 AND i.kind = %s""",
        [days, experiment_id, KINDS[what]],
    )  # fmt: skip
    row, there = exposed.find(_keys(unit))
    return Past(
        row[there], value[there].astype(float), quantity[there].astype(float), order[there].astype(np.int64)
    )


def _keys(units: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A hash of each 16 bytes, which came as pairs of big-endian numbers."""
    halves = units.astype(np.uint64).reshape(-1, 2)
    return halves[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ halves[:, 1]


def _moment(at: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=at)
