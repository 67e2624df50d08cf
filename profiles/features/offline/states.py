"""Profiles as they were: for each (shopper, moment) something that folds can read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...days import Calendar, date_of
from .. import buckets, demographics, habits, sessions
from ..definitions import Feature
from .prefix import Clock, Sums, Weights
from .record import CENTS, Record

Ints = NDArray[np.int64]
_NOBODY = np.array([], np.int64)


@dataclass(frozen=True)
class Past:
    """A shopper at a moment of the past (folds.Then)."""

    features: dict[str, Any]
    day: dt.date
    totals: dict[tuple[str, int], NDArray[np.float64]]
    row: int

    def total(self, name: str, days: int) -> float:
        return float(self.totals[name, days][self.row])


class States:
    """Everything that the features need, sorted once."""

    def __init__(self, record: Record, wanted: Sequence[Feature], days: Calendar) -> None:
        self.days = days
        record.counted[buckets.SESSION] = [_visits(record)]
        # Whatever counts was seen: no other moments occur.
        self.clock = Clock.of(np.concatenate([at for _, at in record.seen] or [_NOBODY]))
        self.windows = {
            (bucket, feature.window_days)
            for feature in wanted
            for bucket in feature.fold.counts
            if feature.window_days
        }
        self.sums = {bucket: self._sums(record, bucket) for bucket, _ in self.windows}
        groups = {feature.fold.leaning for feature in wanted} - {""}
        self.leanings = {group: _Leaning(self.clock, record.leanings.get(group, [])) for group in groups}
        self.said = _said(record) if any(feature.group == "demographics" for feature in wanted) else {}

    def at(self, profile: Ints, moment: Ints) -> Iterator[Past]:
        """One state for each (profile, unix microseconds)."""
        today = self.days.days(moment)
        totals = {
            (bucket, days): self.sums[bucket].between(profile, self.days.starts(today - days + 1), moment)
            / CENTS
            for bucket, days in self.windows
        }
        weights = {group: leaning.at(profile, moment) for group, leaning in self.leanings.items()}
        for row, day in enumerate(map(date_of, today.tolist())):
            features: dict[str, Any] = {"habits": {group: rows[row] for group, rows in weights.items()}}
            who = self._who(int(profile[row]), int(moment[row]))
            if who:
                features["demographics"] = who
            yield Past(features, day, totals, row)

    def _sums(self, record: Record, bucket: str) -> Sums:
        rows = record.counted.get(bucket, [])
        profile, at, amount = (np.concatenate([row[i] for row in rows] or [_NOBODY]) for i in range(3))
        return Sums.of(self.clock, profile, at, amount)

    def _who(self, profile: int, moment: int) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for at, _, traits in self.said.get(profile, ()):
            if at > moment:
                break
            said.update(traits)
        return demographics.from_traits(said) if said else {}


class _Leaning:
    """The names of one group, each a subject of its own per profile."""

    def __init__(self, clock: Clock, rows: Sequence[tuple[Ints, Ints, Any, NDArray[np.float64]]]) -> None:
        profile, at, weight = (
            np.concatenate([row[i] for row in rows] or [_NOBODY.astype(kind)])
            for i, kind in ((0, np.int64), (1, np.int64), (3, np.float64))
        )
        name = np.concatenate([row[2] for row in rows] or [np.array([], object)])
        named = name != ""
        profile, at, weight, name = profile[named], at[named], weight[named], name[named]
        codes, self.names = pd.factorize(name)
        pairs, subject = np.unique(profile * (len(self.names) + 1) + codes, return_inverse=True)
        self.profile, self.code = np.divmod(pairs, len(self.names) + 1)
        self.as_of = habits.epoch(float(at.max()) / 1e6) if len(at) else 0
        faded = weight * np.exp2((at / 1e6 - self.as_of) / habits.HALF_LIFE_SECONDS)
        self.weights = Weights.of(clock, subject.reshape(-1).astype(np.int64), at, faded, len(pairs))

    def at(self, profile: Ints, moment: Ints) -> list[dict[str, float]]:
        """{name: weight} for each question, worth what they say at the end of the half-life of its moment."""
        low = np.searchsorted(self.profile, profile, side="left")
        many = np.searchsorted(self.profile, profile, side="right") - low
        asked = np.repeat(np.arange(len(profile)), many)
        ends = np.cumsum(many)
        subject = np.repeat(low - (ends - many), many) + np.arange(int(many.sum()))
        until = np.ceil(moment / 1e6 / habits.HALF_LIFE_SECONDS) * habits.HALF_LIFE_SECONDS
        scale = np.exp2((self.as_of - until) / habits.HALF_LIFE_SECONDS)
        weight = np.round(self.weights.at(subject, moment[asked]) * scale[asked], 7)
        found: list[dict[str, float]] = []
        names, values = self.names[self.code[subject]], weight.tolist()
        for start, end in zip((ends - many).tolist(), ends.tolist(), strict=True):
            pairs = zip(names[start:end], values[start:end], strict=True)
            found.append({name: value for name, value in pairs if value > 0})
        return found


def _visits(record: Record) -> tuple[Ints, Ints, Ints]:
    """When each visit began: what comes later never moves the beginning of an earlier one."""
    profile = np.concatenate([p for p, _ in record.seen] or [_NOBODY])
    at = np.concatenate([at for _, at in record.seen] or [_NOBODY])
    order = np.lexsort((at, profile))
    profile, at = profile[order], at[order]
    begins = np.ones(len(order), bool)
    begins[1:] = (profile[1:] != profile[:-1]) | (np.diff(at // 1_000_000) > sessions.GAP_SECONDS)
    return profile[begins], at[begins], np.full(int(begins.sum()), CENTS)


def _said(record: Record) -> dict[int, list[tuple[int, str, dict[str, Any]]]]:
    """Profile → what was said of it, oldest first; of one moment in the order of the message keys."""
    found: dict[int, list[tuple[int, str, dict[str, Any]]]] = {}
    for profile, at, key, traits in record.said:
        found.setdefault(profile, []).append((at, key, traits))
    for rows in found.values():
        rows.sort(key=lambda row: row[:2])
    return found
