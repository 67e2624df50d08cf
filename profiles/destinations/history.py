"""What was there before a destination: portion by portion, behind what happens now."""

from __future__ import annotations

import datetime as dt

from psycopg import Cursor

from tenants.connectors import outbox
from tenants.connectors.base import Link
from tenants.workspace.models import Destination, StreamProgress

from .table import Table

History = StreamProgress.History
PORTION = 50_000


def go_on(cursor: Cursor, link: Link, table: Table, progress: StreamProgress, now: dt.datetime) -> None:
    """Seal the next portion of the table's history, if it is wanted and nobody still works on it."""
    from .plan import add_day, add_range

    if progress.history not in (History.WANTED, History.RUNNING):
        return
    if table.kind == "snapshot":
        progress.history = History.DONE  # each snapshot holds everything
    elif table.kind == "queue":
        _events(cursor, link, progress, now)
    elif table.kind == "numbered":
        if progress.history == History.WANTED:
            return  # plan begins it, once everybody who was writing then has ended
        through = min(progress.history_position + PORTION, progress.history_end)
        if through > progress.history_position:
            add_range(cursor, link, table, progress.history_position, through, now, is_history=True)
            progress.history_position = through
        if progress.history_position >= progress.history_end:
            progress.history = History.DONE
    else:
        first = table.first_day(cursor, link.scope.schema) if table.first_day else None
        today = now.astimezone(dt.UTC).date()
        start = (today - first).days if first else 0
        progress.history, progress.history_end = History.RUNNING, start
        while progress.history_position < start:
            add_day(
                cursor,
                link,
                table,
                today - dt.timedelta(days=start - progress.history_position),
                now,
                is_history=True,
            )
            progress.history_position += 1
            if progress.history_position % 30 == 0:
                return
        progress.history = History.DONE


def _settled(cursor: Cursor, link: Link) -> bool:
    """Whether everybody who was working when the destination was made has ended: they did not see it."""
    born = Destination.objects.values_list("born_xid", flat=True).get(pk=link.id)
    row = cursor.execute(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > %b", [born]
    ).fetchone()
    return bool(row and row[0])


def _events(cursor: Cursor, link: Link, progress: StreamProgress, now: dt.datetime) -> None:
    """Counted events that no batch noted, because the destination was not there yet; oldest receipt first.

    `history_position`: microseconds up to which they were taken, all of one moment together. An event is noted by a batch
    in the transaction that counts it, so one statement sees both or neither: none is missed, none is sent twice.
    """
    if not _settled(cursor, link):
        return
    schema = link.scope.schema
    born = Destination.objects.values_list("created_at", flat=True).get(pk=link.id)
    if progress.history == History.WANTED:
        progress.history = History.RUNNING
        row = cursor.execute(
            f"""SELECT count(*), coalesce((extract(epoch FROM min(received_at)) * 1000000)::bigint - 1, 0)
                FROM "{schema}".profiles_event WHERE profile_id IS NOT NULL AND received_at < %b""",
            [born],
        ).fetchone()
        progress.history_rows, progress.history_position = row if row else (0, 0)
        progress.history_start = progress.history_position
        progress.history_end = int(born.timestamp() * 1e6)
    rows = cursor.execute(
        f"""WITH noted AS MATERIALIZED (
                SELECT unnest(ids) AS id FROM "{schema}".workspace_outboxentry WHERE destination_id = %b
                    AND stream = 'events'
                UNION ALL
                SELECT unnest(ids) FROM "{schema}".workspace_delivery WHERE destination_id = %b AND stream = 'events'
                    AND NOT history AND ids IS NOT NULL
            ), next AS MATERIALIZED (
                SELECT id, received_at FROM "{schema}".profiles_event
                WHERE profile_id IS NOT NULL AND received_at < %b
                    AND received_at > to_timestamp(%b::bigint / 1000000) + (%b::bigint %% 1000000) * interval '1 microsecond'
                ORDER BY received_at LIMIT %b
            )
            SELECT e.id, e.received_at, e.id IN (SELECT id FROM noted) FROM "{schema}".profiles_event e
            WHERE e.profile_id IS NOT NULL
                AND e.received_at >= (SELECT min(received_at) FROM next) AND e.received_at <= (SELECT max(received_at) FROM next)
            ORDER BY e.received_at, e.id""",
        [link.id, link.id, born, progress.history_position, progress.history_position, PORTION],
        binary=True,
    ).fetchall()
    fresh = [(number, moment) for number, moment, noted in rows if not noted]
    if fresh:
        outbox.add_delivery(
            cursor, schema, link.id, progress.stream, now,
            ids=[number for number, _ in fresh], moments=[moment for _, moment in fresh], history=True,
        )  # fmt: skip
    if rows:
        last: dt.datetime = rows[-1][1]
        epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        progress.history_position = (last - epoch) // dt.timedelta(microseconds=1)
    else:
        progress.history = History.DONE
        # No portion of history can meet what was noted any more.
        cursor.execute(
            f"""UPDATE "{schema}".workspace_delivery SET ids = NULL, moments = NULL
                WHERE destination_id = %b AND state = 'sent' AND NOT history""",
            [link.id],
        )
