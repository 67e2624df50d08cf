"""Who is still to be computed for new measures: portions of shoppers, taken by one worker each with SKIP LOCKED."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction
from psycopg import Cursor

from tenants.locks import alone

SHOPPERS = 2_000  # in a portion


@dataclass(frozen=True)
class Portion:
    """Shoppers with ids `first` to `last`; `tries`: how often it has failed."""

    id: int
    run: int
    first: int
    last: int
    tries: int


def plan(cursor: Cursor, schema: str) -> None:
    """Cut everybody who is there into portions for the measures that no run has taken up.

    Whoever comes later is there with the measure already: their batch keeps it.
    """
    if not _waits(cursor, schema):
        return
    with alone(f"{schema}:trait-planning") as mine:
        if not mine:
            return
        with transaction.atomic():
            row = cursor.execute(
                f"""INSERT INTO "{schema}".profiles_buildrun (shoppers, started_at)
                    SELECT count(*), now() FROM "{schema}".profiles_profile RETURNING id"""
            ).fetchone()
            run = row[0] if row else 0
            cursor.execute(
                f"""INSERT INTO "{schema}".profiles_buildportion (run_id, first, last, shoppers, tries)
                    SELECT %s, min(id), max(id), count(*), 0 FROM (
                        SELECT id, (row_number() OVER (ORDER BY id) - 1) / {SHOPPERS} AS n
                        FROM "{schema}".profiles_profile) AS everybody GROUP BY n ORDER BY n""",
                [run],
            )
            cursor.execute(
                f"""UPDATE "{schema}".profiles_aggregate SET run_id = %s
                    WHERE status = 'building' AND run_id IS NULL""",
                [run],
            )


def is_building(cursor: Cursor, schema: str) -> bool:
    return _exists(cursor, f"""SELECT 1 FROM "{schema}".profiles_buildrun""") or _waits(cursor, schema)


def take(cursor: Cursor, schema: str, id: int | None = None) -> Portion | None:
    """The next portion that nobody holds (or this one); it is the caller's until the transaction ends."""
    row = cursor.execute(
        f"""SELECT id, run_id, first, last, tries FROM "{schema}".profiles_buildportion
            WHERE %s::bigint IS NULL OR id = %s ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED""",
        [id, id],
    ).fetchone()
    return Portion(*row) if row else None


def shoppers(cursor: Cursor, schema: str, portion: Portion, most: int) -> list[int]:
    """The next ones of it."""
    rows = cursor.execute(
        f"""SELECT id FROM "{schema}".profiles_profile WHERE id BETWEEN %s AND %s ORDER BY id LIMIT %s""",
        [portion.first, portion.last, most],
    )
    return [row[0] for row in rows]


def went_on(cursor: Cursor, schema: str, portion: Portion, done: int, count: int) -> None:
    """Shoppers up to `done` are done, so many of them."""
    if done >= portion.last:
        drop(cursor, schema, portion)
        return
    cursor.execute(
        f"""UPDATE "{schema}".profiles_buildportion SET first = %s, shoppers = greatest(0, shoppers - %s),
            tries = least(tries, 1) WHERE id = %s""",
        [done + 1, count, portion.id],
    )


def drop(cursor: Cursor, schema: str, portion: Portion) -> None:
    cursor.execute(f'DELETE FROM "{schema}".profiles_buildportion WHERE id = %s', [portion.id])


def failed(schema: str, portion: Portion) -> int:
    """Note that it failed; how often it has by now. From then on its shoppers are done one by one."""
    if connection.connection is not None and connection.connection.closed:
        connection.close()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE "{schema}".profiles_buildportion SET tries = tries + 1 WHERE id = %s RETURNING tries""",
            [portion.id],
        )
        row = cursor.fetchone()
    return row[0] if row else 0


def skip(cursor: Cursor, schema: str, portion: Portion, reason: str) -> None:
    """Leave the next shopper of the portion out, and say why."""
    with transaction.atomic():
        now = take(cursor, schema, portion.id)
        if now is None or now.first != portion.first:
            return
        ids = shoppers(cursor, schema, now, 1)
        cursor.execute(
            f"""INSERT INTO "{schema}".profiles_buildskip (aggregate_id, profile_id, reason)
                SELECT id, profile_id, %s FROM "{schema}".profiles_aggregate, unnest(%s::bigint[]) AS profile_id
                WHERE run_id = %s ON CONFLICT (aggregate_id, profile_id) DO UPDATE SET reason = EXCLUDED.reason""",
            [reason, ids, now.run],
        )
        went_on(cursor, schema, now, ids[0] if ids else now.last, 1)


def ended(cursor: Cursor, schema: str) -> int | None:
    """A run of which nothing is left."""
    row = cursor.execute(
        f"""SELECT r.id FROM "{schema}".profiles_buildrun r WHERE NOT EXISTS (
                SELECT 1 FROM "{schema}".profiles_buildportion p WHERE p.run_id = r.id) ORDER BY 1 LIMIT 1"""
    ).fetchone()
    return row[0] if row else None


def redo(cursor: Cursor, schema: str, most: int) -> bool:
    """Those into whom others were merged are a portion of their own in each run; whether there were any.

    Whoever has had no turn yet loses nothing by one more.
    """
    cursor.execute(
        f"""WITH wanted AS (DELETE FROM "{schema}".profiles_aggregateredo WHERE profile_id IN (
                SELECT profile_id FROM "{schema}".profiles_aggregateredo ORDER BY 1 LIMIT {most}
                FOR UPDATE SKIP LOCKED) RETURNING profile_id)
            INSERT INTO "{schema}".profiles_buildportion (run_id, first, last, shoppers, tries)
            SELECT r.id, profile_id, profile_id, 1, 0 FROM wanted, "{schema}".profiles_buildrun r"""
    )
    return cursor.rowcount > 0


def _waits(cursor: Cursor, schema: str) -> bool:
    return _exists(
        cursor,
        f"""SELECT 1 FROM "{schema}".profiles_aggregate WHERE status = 'building' AND run_id IS NULL""",
    )


def _exists(cursor: Cursor, query: str) -> bool:
    row = cursor.execute(f"SELECT EXISTS ({query})").fetchone()  # type: ignore[arg-type]  # our own words
    return bool(row and row[0])
