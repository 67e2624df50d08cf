"""What of each table is to be delivered next: sealed into deliveries that never change."""

from __future__ import annotations

import datetime as dt

import orjson
from psycopg import Cursor

from tenants.connectors import outbox
from tenants.connectors.base import Link
from tenants.workspace.models import StreamProgress

from . import history
from .paging import highest
from .table import Table, tables

# Files are made this often, or when so many rows wait.
FLUSH_SECONDS = 60.0
MOST_ROWS = 50_000
# Numbers seen now are safe after this: every transaction that took one has ended (tenants.due.LONGEST_TRANSACTION), and
# the snapshot says so too.
SETTLED_SECONDS = 30.0
# Snapshots of a day are taken after this hour (UTC).
SNAPSHOT_HOUR = 3
# So many numbers of a snapshot are one delivery, and such are due one after another.
SNAPSHOT_NUMBERS = 50_000
SNAPSHOT_PAUSE_SECONDS = 3.0
# Deliveries of a table that may wait before more are sealed: history does not fill the queue.
MOST_WAITING = 4


def plan(cursor: Cursor, link: Link, now: dt.datetime) -> dt.datetime:
    """Seal what is ready, in the caller's transaction; when to look again."""
    known = tables()
    for name in link.streams:
        if name not in known:
            continue
        progress = _progress(link, name)
        table = known[name]
        if _waiting(cursor, link, name) < MOST_WAITING:
            if table.kind == "queue":
                while outbox.seal(
                    cursor, link.scope.schema, link.id, name, now, most=MOST_ROWS, age=FLUSH_SECONDS
                ):
                    pass
            elif table.kind == "numbered":
                _numbered(cursor, link, table, progress, now)
            else:
                _days(cursor, link, table, progress, now)
            history.go_on(cursor, link, table, progress, now)
        progress.save()
    return now + dt.timedelta(seconds=_rhythm(link))


def _rhythm(link: Link) -> float:
    """Soon again while history goes on."""
    busy = StreamProgress.objects.filter(
        destination_id=link.id, history__in=[StreamProgress.History.WANTED, StreamProgress.History.RUNNING]
    ).exists()
    return 2.0 if busy else FLUSH_SECONDS / 2


def _progress(link: Link, stream: str) -> StreamProgress:
    progress, _ = StreamProgress.objects.select_for_update().get_or_create(
        destination_id=link.id, stream=stream
    )
    return progress


def _waiting(cursor: Cursor, link: Link, stream: str) -> int:
    row = cursor.execute(
        f"""SELECT count(*) FROM "{link.scope.schema}".workspace_delivery
            WHERE destination_id = %b AND stream = %b AND state = 'waiting'""",
        [link.id, stream],
    ).fetchone()
    return int(row[0]) if row else 0


def _numbered(cursor: Cursor, link: Link, table: Table, progress: StreamProgress, now: dt.datetime) -> None:
    """Deliver the numbers that were seen a while ago, then look how far they go now.

    A transaction that commits late holds a smaller number than some that are there already: a plain cursor would pass it
    by. So numbers wait until nobody who was working when they were seen still is.
    """
    row = cursor.execute(
        f"""SELECT coalesce(max(id), 0), pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
                pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM "{link.scope.schema}".{table.source}"""
    ).fetchone()
    highest, xmax, xmin = row if row else (0, 0, 0)
    if progress.position is None:
        # What was there before is history; so is what is being written now under smaller numbers.
        progress.position = progress.history_end = highest
        progress.ahead, progress.ahead_xid, progress.ahead_at = highest, xmax, now
    if progress.ahead is not None and progress.ahead_at is not None:
        settled = (now - progress.ahead_at).total_seconds() >= SETTLED_SECONDS
        if not settled or xmin < (progress.ahead_xid or 0):
            return
        if progress.history == StreamProgress.History.WANTED:
            progress.history, progress.history_rows = StreamProgress.History.RUNNING, progress.history_end
        for _ in range(MOST_WAITING):
            if progress.position >= progress.ahead:
                break
            through = min(progress.position + MOST_ROWS, progress.ahead)
            add_range(cursor, link, table, progress.position, through, now)
            progress.position = through
        if progress.position < progress.ahead:
            return
    progress.ahead = None
    if highest > progress.position:
        progress.ahead, progress.ahead_xid, progress.ahead_at = highest, xmax, now


def add_range(
    cursor: Cursor,
    link: Link,
    table: Table,
    after: int,
    through: int,
    now: dt.datetime,
    *,
    is_history: bool = False,
) -> None:
    portion = orjson.dumps({"after": after, "through": through}).decode()
    outbox.add_delivery(
        cursor, link.scope.schema, link.id, table.name, now, portion=portion, history=is_history
    )


def _days(cursor: Cursor, link: Link, table: Table, progress: StreamProgress, now: dt.datetime) -> None:
    """Snapshots: today's, once, after the night. Recent ones: the last days, again and again."""
    today = now.astimezone(dt.UTC).date()
    if table.kind == "snapshot":
        # The first one at once, so that nobody waits a night to see something.
        if progress.day is None or (progress.day < today and now.astimezone(dt.UTC).hour >= SNAPSHOT_HOUR):
            add_snapshot(cursor, link, table, today, now)
            progress.day = today
        return
    if progress.ahead_at is not None and (now - progress.ahead_at).total_seconds() < table.every_seconds:
        return
    progress.ahead_at, progress.day = now, today
    for back in reversed(range(table.days)):
        add_day(cursor, link, table, today - dt.timedelta(days=back), now)


def add_snapshot(cursor: Cursor, link: Link, table: Table, day: dt.date, now: dt.datetime) -> None:
    """All rows as they are now, in portions by their numbers; one of a small shop is one portion.

    The same day again gives the same portions, and so the same files. Rows that come meanwhile wait for tomorrow's.
    """
    last = highest(cursor, link.scope.schema, table.source, table.number)
    if last <= SNAPSHOT_NUMBERS:
        add_day(cursor, link, table, day, now)
        return
    for part, after in enumerate(range(0, last, SNAPSHOT_NUMBERS), 1):
        said = {
            "day": day.isoformat(),
            "part": part,
            "after": after,
            "through": min(after + SNAPSHOT_NUMBERS, last),
        }
        outbox.add_delivery(
            cursor, link.scope.schema, link.id, table.name,
            # What happens meanwhile goes in between: a table of a million shoppers must not hold it up for minutes.
            now + dt.timedelta(seconds=SNAPSHOT_PAUSE_SECONDS * (part - 1)), portion=orjson.dumps(said).decode(),
        )  # fmt: skip


def add_day(
    cursor: Cursor, link: Link, table: Table, day: dt.date, now: dt.datetime, *, is_history: bool = False
) -> None:
    """A day that waits to be written already is not written twice."""
    row = cursor.execute(
        f"""SELECT EXISTS (SELECT 1 FROM "{link.scope.schema}".workspace_delivery
                WHERE destination_id = %b AND stream = %b AND state = 'waiting' AND portion ->> 'day' = %b)""",
        [link.id, table.name, day.isoformat()],
    ).fetchone()
    if not (row and row[0]):
        portion = orjson.dumps({"day": day.isoformat()}).decode()
        outbox.add_delivery(
            cursor, link.scope.schema, link.id, table.name, now, portion=portion, history=is_history
        )
