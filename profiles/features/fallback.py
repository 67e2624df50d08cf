"""A shopper's features when the online store has nothing to read: made on the fly from what happened.

The online store is the profile's row; it is away where the row is empty although something is stored of the shopper (a row
restored or not rebuilt yet), or can't be read. Then the same definitions read the state that interactions and events make
(features.offline): for the API, the console, journeys, templates and exports. Conditions of segments, which ask millions at
once, take the damaged part of such a row for empty; recommendations go on with the shopper's history, which is kept beside the
row. At night such rows are made anew (features.mending). While the whole database is away
nothing is computed: recommendations go on with the row that the process remembers, for an hour at most.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

import structlog
from django.db import connection

from tenants.scope import Scope

from ..days import calendar
from .definitions import FEATURES, GROUPS
from .selector import ProfileRow, shopper_features

log = structlog.get_logger("attune.features")


class StoredRow(ProfileRow, Protocol):
    version: int

    @property
    def pk(self) -> int: ...


def features_of(scope: Scope, profile: StoredRow, now: dt.datetime) -> dict[str, dict[str, Any]]:
    """`shopper_features`, from the row when it can be read. The connection looks into the tenant's schema."""
    stored = isinstance(profile.features, dict) and isinstance(profile.counters, dict)
    if stored and (
        profile.features or profile.counters or not profile.version or not _remains(scope, profile.pk)
    ):
        try:
            return shopper_features(profile, now, calendar(scope.time_zone))
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            log.warning("features unreadable; computed on the fly", profile=profile.pk, error=repr(error))
    return computed(scope, profile.pk, now)


def _remains(scope: Scope, profile_id: int) -> bool:
    """Whether anything is stored that features are made of: of a shopper who refused to be observed nothing is."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT EXISTS (SELECT 1 FROM "{scope.schema}".profiles_interaction WHERE profile_id = %s)
                    OR EXISTS (SELECT 1 FROM "{scope.schema}".profiles_event WHERE profile_id = %s)""",
            [profile_id, profile_id],
        )
        return bool(cursor.fetchone()[0])


def computed(scope: Scope, profile_id: int, now: dt.datetime) -> dict[str, dict[str, Any]]:
    """{group: {name: value}} from interactions and events alone: some ten milliseconds, and more with many events."""
    # Only here: pandas would weigh on every web process.
    import pandas as pd

    from .offline import point_in_time

    frame = pd.DataFrame({"profile_id": [profile_id], "at": [pd.Timestamp(now.astimezone(dt.UTC))]})
    row = point_in_time(scope, frame).iloc[0]
    result: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for feature in FEATURES:
        result[feature.group][feature.name] = row[feature.name]
    return result
