"""From rows of history to what each shopper's profile keeps of them: day buckets and leanings, set-wise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..days import Calendar
from ..features import buckets, habits, sessions
from ..features.kinds import COUNTS
from ..models import Interaction
from ..processing.apply import ACT_WEIGHTS, daypart
from ..processing.drafts import Draft
from ..processing.items import Known, Standing
from .frames import History


class Digest:
    """What the history says about each of its users (rows of `history.users`)."""

    def __init__(self, history: History, items: dict[str, Known], standing: Standing, days: Calendar) -> None:
        self.as_of = habits.epoch(float(history.at.max()) / 1e6) if len(history) else 0
        recent = _recent(history, days)
        self.visits = _visits(recent)
        self.counts = _day_counts(recent)
        self.leanings = _leanings(history, items, standing, self.as_of, days)

    def onto(self, draft: Draft, user: int) -> None:
        """Add what is known of one user to their profile."""
        for day, name, amount in self.counts.get(user, ()):
            buckets.add(draft.counters, day, name, amount)
        for day, spans in self.visits.get(user, ()):
            sessions.merge(draft.counters, day, spans)
        theirs: dict[str, Any] = {"as_of": self.as_of}
        for group, name, weight in self.leanings.get(user, ()):
            theirs.setdefault(group, {})[name] = weight
        habits.merge(draft.features, {"habits": theirs})


def _recent(history: History, days: Calendar) -> pd.DataFrame:
    """The rows of the days that windows reach."""
    day = days.days(history.at)
    recent = day > days.today() - buckets.KEEP_DAYS
    return pd.DataFrame(
        {
            "user": history.user[recent],
            "day": day[recent],
            "kind": history.kind[recent],
            "value": history.value[recent],
            "order": history.order_key[recent],
            "at": history.at[recent],
        }
    )


def _day_counts(frame: pd.DataFrame) -> dict[int, list[tuple[int, str, float]]]:
    """User → (day, bucket name, amount)."""
    found: list[tuple[str, pd.Series]] = []
    for kind, name in COUNTS.items():
        rows = frame[frame["kind"] == int(kind)]
        found.append((name, rows.groupby(["user", "day"]).size()))
        if kind == Interaction.Kind.PURCHASE:
            found.append((buckets.REVENUE, rows.groupby(["user", "day"])["value"].sum()))
            # A purchase without an order id is an order of its own.
            orders = rows[rows["order"] != 0].groupby(["user", "day"])["order"].nunique()
            alone = rows[rows["order"] == 0].groupby(["user", "day"]).size()
            found.append((buckets.ORDER, orders.add(alone, fill_value=0)))
    result: dict[int, list[tuple[int, str, float]]] = {}
    for name, counts in found:
        for (user, day), amount in counts.items():
            result.setdefault(int(user), []).append((int(day), name, round(float(amount), 4)))
    return result


def _visits(frame: pd.DataFrame) -> dict[int, list[tuple[int, list[int]]]]:
    """User → (day, intervals of visits, flat), as features.sessions keeps them."""
    ordered = pd.DataFrame(
        {"user": frame["user"], "second": frame["at"] // 1_000_000, "day": frame["day"]}
    ).sort_values(["user", "second"])
    user, second, day = (ordered[name].to_numpy() for name in ("user", "second", "day"))
    since = second - day * sessions.DAY_SECONDS
    starts = np.ones(len(ordered), bool)
    starts[1:] = (user[1:] != user[:-1]) | (day[1:] != day[:-1]) | (np.diff(second) > sessions.GAP_SECONDS)
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(ordered))[: len(first)] - 1
    result: dict[int, list[tuple[int, list[int]]]] = {}
    for who, when, begin, end in zip(
        user[first].tolist(),
        day[first].tolist(),
        since[first].tolist(),
        since[last].tolist(),
        strict=True,
    ):
        mine = result.setdefault(who, [])
        if mine and mine[-1][0] == when:
            mine[-1][1].extend((begin, end))
        else:
            mine.append((when, [begin, end]))
    return result


def _leanings(
    history: History, items: dict[str, Known], standing: Standing, as_of: float, days: Calendar
) -> dict[int, list[tuple[str, str, float]]]:
    """User → (group, name, weight at `as_of`), the strongest of each group."""
    act = np.zeros(16)
    for kind, worth in ACT_WEIGHTS.items():
        act[int(kind)] = worth
    fade: NDArray[np.float64] = np.exp2((history.at / 1e6 - as_of) / habits.HALF_LIFE_SECONDS)
    weight = act[history.kind] * fade
    result: dict[int, list[tuple[str, str, float]]] = {}

    def add(group: str, codes: NDArray[np.int64], names: list[str], amount: NDArray[np.float64]) -> None:
        width = max(len(names), 1)
        named = np.array([bool(name) for name in names] or [False])
        used = (codes >= 0) & (amount > 0) & named[codes]
        sums = pd.Series(amount[used]).groupby(history.user[used] * width + codes[used]).sum()
        frame = pd.DataFrame({"user": sums.index // width, "code": sums.index % width, "w": sums.to_numpy()})
        ordered = frame.sort_values(["user", "w", "code"], ascending=[True, False, True])
        weak = ordered.groupby("user").cumcount() >= habits.MOST
        for user, code, total in ordered.loc[~weak, ["user", "code", "w"]].itertuples(index=False):
            result.setdefault(int(user), []).append((group, names[code], float(total)))
        for user, total in ordered[weak].groupby("user")["w"].sum().items():
            result.setdefault(int(user), []).append((group, habits.REST, float(total)))

    known = [items[name] for name in history.items]
    for group, labels in (
        (habits.CATEGORIES, [item.category for item in known]),
        (habits.BRANDS, [item.brand for item in known]),
    ):
        codes, names = pd.factorize(np.array(labels, dtype=object))
        add(group, np.asarray(codes, np.int64)[history.item], [str(n) for n in names], weight)
    add(habits.DAYPARTS, days.hours(history.at) // 6, [daypart(h) for h in (0, 6, 12, 18)], fade)
    add(habits.CHANNELS, history.channel, history.channels, fade)
    levels = [standing.of(item.pk) for item in known]
    for group, position in ((habits.PRICE, 0), (habits.POPULARITY, 1)):
        level = np.array([np.nan if pair[position] is None else pair[position] for pair in levels])
        level = level[history.item] if len(known) else np.array([])
        seen = np.isfinite(level)
        sums = np.bincount(history.user[seen], weight[seen] * level[seen], len(history.users))
        weights = np.bincount(history.user[seen], weight[seen], len(history.users))
        for user in np.flatnonzero(weights).tolist():
            result.setdefault(user, []).extend(
                [(group, "sum", float(sums[user])), (group, "weight", float(weights[user]))]
            )
    return result
