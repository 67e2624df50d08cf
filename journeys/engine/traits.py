"""Traits that journeys set travel as identify events through the ordinary door: in order with everything else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from psycopg import Cursor

from tenants.scope import Scope

from .advance import Progress
from .people import read_names
from .tell import Told, tell


def send_traits(cursor: Cursor, scope: Scope, walks: Sequence[Progress], now: dt.datetime) -> int:
    """Store the events in the batch's transaction; how many. The same visit says it once (messageId)."""
    setting = [walk for walk in walks if walk.traits]
    if not setting:
        return 0
    names = read_names(cursor, scope, (walk.who.profile_id for walk in setting))
    told = []
    for walk in setting:
        known = names.get(walk.who.profile_id)
        if not known:
            continue
        for visit, node, traits in walk.traits:
            told.append(
                Told(
                    known[0],
                    "identify",
                    f"journey:{walk.who.id}:{node}:{visit}",
                    {"traits": traits, "context": {"journey_id": walk.who.journey_id}},
                )
            )
    return tell(scope, told, now)
