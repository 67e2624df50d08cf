"""The point-in-time join: each shopper's features as they were known at a moment, for training sets and exports.

The state of a profile is made anew as of each moment, vectorised; the values are then read by the very definitions that
read them online. "As known" means from what had happened by then (its own time, inclusive), whenever it arrived. Items
are described as the catalogue has them now; traits as events said them, which leaves out what was imported without a time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from numpy.typing import NDArray

from tenants.crypto import blind_index
from tenants.scope import Scope

from ...days import calendar
from ...models import Identifier
from ...processing.items import make_standing
from ..definitions import chosen
from .record import read_record
from .states import States

Ints = NDArray[np.int64]

# What is held of the past at once, about: 100 bytes a fact and feature.
FACTS_AT_ONCE = 100_000
_PORTION = 20_000


def point_in_time(
    scope: Scope, frame: pd.DataFrame, features: Sequence[str] | None = None, *, events: bool = True
) -> pd.DataFrame:
    """`frame` with a column for each feature (all, or those named), row by row as it was known at `at`.

    Columns: `at`, with a time zone, and `profile_id` or `user_id`. A shopper who is not known has None everywhere
    but where a feature has a default. Without `events` only interactions are read: faster, and blind to pages, e-mails,
    devices and traits. The past is read shard by shard, so that memory goes with the frame and not with what happened.
    Raises ValueError for a missing column, a moment without a zone, or an unknown feature.
    """
    wanted = chosen(features)
    columns = {feature.name: np.full(len(frame), None, object) for feature in wanted}
    for rows, values in shards(scope, frame, features, events=events):
        for name, column in columns.items():
            column[rows] = values[name]
    found = {name: pd.Series(column, index=frame.index, dtype=object) for name, column in columns.items()}
    return frame.assign(**found)


def shards(
    scope: Scope,
    frame: pd.DataFrame,
    features: Sequence[str] | None = None,
    *,
    events: bool = True,
    facts_at_once: int = FACTS_AT_ONCE,
) -> Iterator[tuple[Ints, dict[str, NDArray[np.object_]]]]:
    """The join in pieces: (positions in `frame`, feature → values in that order). Each position comes once.

    All rows of a shopper are in one shard; a shard holds about `facts_at_once` facts and events, and one shopper at least.
    """
    wanted = chosen(features)
    moments = _moments(frame)
    profile = _profiles(scope, frame)
    standing = make_standing(scope.schema)
    order = np.argsort(profile, kind="stable")
    ordered = profile[order]
    for start, end in _cut(scope, ordered, facts_at_once, events=events):
        rows = order[start:end]
        record = read_record(scope, profile[rows].tolist(), events=events, standing=standing)
        states = States(record, wanted, calendar(scope.time_zone))
        values: dict[str, list[Any]] = {feature.name: [] for feature in wanted}
        for first in range(0, len(rows), _PORTION):
            part = rows[first : first + _PORTION]
            for then in states.at(profile[part], moments[part]):
                for feature in wanted:
                    values[feature.name].append(feature.read(then))
        yield rows, {name: _objects(column) for name, column in values.items()}


def _objects(values: list[Any]) -> NDArray[np.object_]:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _cut(scope: Scope, ordered: Ints, facts_at_once: int, *, events: bool) -> Iterator[tuple[int, int]]:
    """Slices of rows, which are sorted by profile, with about so many facts each."""
    who, first = np.unique(ordered, return_index=True)
    weight = _sizes(scope, who, events=events)
    # A shopper with many questions weighs, too: their answers are held.
    weight += np.diff(np.append(first, len(ordered)))
    begin, held = 0, 0
    for place, facts in zip(first.tolist(), weight.tolist(), strict=True):
        if held and held + facts > facts_at_once:
            yield begin, place
            begin, held = place, 0
        held += facts
    if len(ordered) > begin:
        yield begin, len(ordered)


def _sizes(scope: Scope, who: Ints, *, events: bool) -> Ints:
    """How much is stored of each of these shoppers (ascending)."""
    sizes = np.zeros(len(who), np.int64)
    tables = ("profiles_interaction", "profiles_event") if events else ("profiles_interaction",)
    for table in tables:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT profile_id, count(*) FROM "{scope.schema}".{table}
                    WHERE profile_id = ANY(%s::bigint[]) GROUP BY 1""",
                [who[who > 0].tolist()],
            )
            found = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
        sizes[np.searchsorted(who, found[:, 0])] += found[:, 1]
    return sizes


def _moments(frame: pd.DataFrame) -> np.ndarray:
    """Unix microseconds."""
    if "at" not in frame:
        raise ValueError("The data lacks the column at.")
    at = frame["at"]
    if not isinstance(at.dtype, pd.DatetimeTZDtype):
        if any(getattr(moment, "tzinfo", None) is None for moment in at):
            raise ValueError("The column at needs moments with a time zone.")
        at = pd.to_datetime(at, utc=True)
    return at.dt.tz_convert(dt.UTC).dt.tz_localize(None).astype("datetime64[us]").astype(np.int64).to_numpy()


def _profiles(scope: Scope, frame: pd.DataFrame) -> np.ndarray:
    """Profile ids, 0 for who is not known."""
    if "profile_id" in frame:
        return frame["profile_id"].fillna(0).to_numpy(np.int64)
    if "user_id" not in frame:
        raise ValueError("The data lacks the column profile_id or user_id.")
    users = [str(user) for user in frame["user_id"]]
    found = _found(scope, set(users))
    return np.array([found.get(user, 0) for user in users], np.int64)


def _found(scope: Scope, users: Iterable[str]) -> dict[str, int]:
    blinds = {blind_index(scope.tenant_id, "user_id", user): user for user in users}
    rows = Identifier.objects.filter(blind__in=list(blinds)).values_list("blind", "profile_id")
    return {blinds[bytes(blind)]: profile for blind, profile in rows}
