"""The point-in-time join: each shopper's features as they were known at a moment, for training sets and exports.

The state of a profile is made anew as of each moment, vectorised; the values are then read by the very definitions that
read them online. "As known" means from what had happened by then (its own time, inclusive), whenever it arrived. Items
are described as the catalogue has them now; traits as events said them, which leaves out what was imported without a time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tenants.crypto import blind_index
from tenants.scope import Scope

from ...models import Identifier
from ..definitions import chosen
from .record import read_record
from .states import States

_PORTION = 20_000


def point_in_time(
    scope: Scope, frame: pd.DataFrame, features: Sequence[str] | None = None, *, events: bool = True
) -> pd.DataFrame:
    """`frame` with a column for each feature (all, or those named), row by row as it was known at `at`.

    Columns: `at`, with a time zone, and `profile_id` or `user_id`. A shopper who is not known has None everywhere
    but where a feature has a default. Without `events` only interactions are read: faster, and blind to pages, e-mails,
    devices and traits. Raises ValueError for a missing column, a moment without a zone, or an unknown feature.
    """
    wanted = chosen(features)
    moments = _moments(frame)
    profile = _profiles(scope, frame)
    record = read_record(scope, profile[profile > 0].tolist(), events=events)
    states = States(record, wanted)
    values: dict[str, list[Any]] = {feature.name: [] for feature in wanted}
    for start in range(0, len(frame), _PORTION):
        part = slice(start, start + _PORTION)
        for then in states.at(profile[part], moments[part]):
            for feature in wanted:
                values[feature.name].append(feature.read(then))
    columns = {name: pd.Series(column, index=frame.index, dtype=object) for name, column in values.items()}
    return frame.assign(**columns)


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
