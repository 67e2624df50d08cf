"""The exposure log: one row per experiment and unit, the first time counts, whatever is said twice changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# What becomes of an exposure that the log has already.
_ON_CONFLICT = """
ON CONFLICT (experiment_id, unit) DO UPDATE SET
    at = LEAST(e.at, EXCLUDED.at),
    crossed = e.crossed OR EXCLUDED.crossed OR e.variant_id <> EXCLUDED.variant_id
WHERE EXCLUDED.at < e.at OR (NOT e.crossed AND (EXCLUDED.crossed OR e.variant_id <> EXCLUDED.variant_id))"""

_FIRST = """
    (array_agg(variant_id ORDER BY at, variant_id))[1], min(at), (array_agg(source ORDER BY at, variant_id))[1],
    (array_agg(reference ORDER BY at, variant_id))[1], bool_or(crossed) OR count(DISTINCT variant_id) > 1"""


@dataclass(frozen=True, slots=True)
class Exposure:
    """A unit met a variant. `source`: "recommendation", "journey" or "campaign"; `reference`: what exposed it."""

    experiment_id: int
    variant_id: int
    unit: bytes
    at: dt.datetime
    source: str
    reference: str = ""


def record(cursor: Any, schema: str, exposures: Sequence[Exposure]) -> None:
    """Write exposures in the caller's transaction.

    A unit that has meanwhile become an identifier of a shopper with another unit is counted for that one: it waited
    on its way here while the visitor signed in. What names an experiment that is gone, or a person who was erased, is
    dropped.
    """
    if not exposures:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".experiments_exposure AS e
                (experiment_id, unit, variant_id, at, source, reference, crossed)
            SELECT experiment_id, unit, {_FIRST}
            FROM (
                SELECT t.experiment_id, coalesce(p.unit, t.unit) AS unit, t.variant_id, t.at, t.source, t.reference,
                       false AS crossed
                FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::timestamptz[], %s::text[], %s::text[])
                     AS t(experiment_id, variant_id, unit, at, source, reference)
                JOIN "{schema}".experiments_experiment x ON x.id = t.experiment_id
                LEFT JOIN "{schema}".profiles_identifier i ON i.blind = t.unit
                LEFT JOIN "{schema}".profiles_profile p ON p.id = i.profile_id
                WHERE NOT EXISTS (SELECT 1 FROM "{schema}".compliance_suppression gone WHERE gone.blind = t.unit)
            ) AS seen
            GROUP BY experiment_id, unit ORDER BY experiment_id, unit {_ON_CONFLICT}""",
        [
            [one.experiment_id for one in exposures],
            [one.variant_id for one in exposures],
            [one.unit for one in exposures],
            [one.at for one in exposures],
            [one.source for one in exposures],
            [one.reference for one in exposures],
        ],
    )


def merge_units(cursor: Any, schema: str, merged: Sequence[tuple[bytes, bytes]]) -> None:
    """Give what the gone units saw and did to the kept ones; `merged` as (gone, kept), in the order of the merges."""
    final: dict[bytes, bytes] = {}
    for gone, kept in merged:
        for before, after in final.items():
            if after == gone:
                final[before] = kept
        final[gone] = kept
    pairs = sorted((gone, kept) for gone, kept in final.items() if gone != kept)
    if not pairs:
        return
    columns = [[gone for gone, _ in pairs], [kept for _, kept in pairs]]
    cursor.execute(
        f"""WITH moved AS (
                DELETE FROM "{schema}".experiments_exposure o USING unnest(%s::bytea[], %s::bytea[]) AS t(gone, kept)
                WHERE o.unit = t.gone RETURNING o.*, t.kept)
            INSERT INTO "{schema}".experiments_exposure AS e
                (experiment_id, unit, variant_id, at, source, reference, crossed)
            SELECT experiment_id, kept, {_FIRST} FROM moved
            GROUP BY experiment_id, kept ORDER BY experiment_id, kept {_ON_CONFLICT}""",
        columns,
    )
    # An order that both have, said by a visitor's browser and of the shopper by the server, stays the earlier one.
    cursor.execute(
        f"""DELETE FROM "{schema}".experiments_conversion c USING (
                SELECT o.unit, o.event_id, o.what, row_number() OVER (
                    PARTITION BY coalesce(t.kept, o.unit), o.what, o.order_key ORDER BY o.at, o.event_id) AS place
                FROM "{schema}".experiments_conversion o
                LEFT JOIN unnest(%s::bytea[], %s::bytea[]) AS t(gone, kept) ON t.gone = o.unit
                WHERE o.unit = ANY(%s) AND o.order_key <> 0) AS twice
            WHERE twice.place > 1 AND (c.unit, c.event_id, c.what) = (twice.unit, twice.event_id, twice.what)""",
        [*columns, [*columns[0], *columns[1]]],
    )
    cursor.execute(
        f"""UPDATE "{schema}".experiments_conversion c SET unit = t.kept
            FROM unnest(%s::bytea[], %s::bytea[]) AS t(gone, kept) WHERE c.unit = t.gone""",
        columns,
    )


def exposed(cursor: Any, schema: str, units: Sequence[bytes]) -> set[bytes]:
    """Those of the units that any experiment has seen."""
    cursor.execute(
        f'SELECT DISTINCT unit FROM "{schema}".experiments_exposure WHERE unit = ANY(%s)', [list(units)]
    )
    return {bytes(unit) for (unit,) in cursor.fetchall()}
