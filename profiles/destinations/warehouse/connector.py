"""What folder and bucket share: rows into Parquet, published so that a delivery counts once."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
import uuid
from abc import abstractmethod

from django.db import connection
from django.db.models import Sum
from psycopg import Cursor

from tenants.connectors.base import Connector, Link, Sent, Stream, Trouble
from tenants.workspace.models import Delivery, Destination

from .. import plan
from ..models import ExportFile, SegmentMove
from ..table import Counted, Table, tables
from . import compact, corrections, describe, files, people
from .parquet import write_parts
from .stores import Store

# A destination that is paused for longer misses some.
MOVES_KEPT_DAYS = 30


class Warehouse(Connector):
    serial = True
    lease_seconds = 600.0
    others = corrections.LABELS

    @abstractmethod
    def store(self, link: Link) -> Store:
        """Where its files lie."""

    def streams(self) -> tuple[Stream, ...]:
        return tuple(table.stream for table in tables().values())

    def holds(self, destination_id: int) -> dict[str, int]:
        published = ExportFile.objects.filter(destination_id=destination_id, published=True)
        return dict(published.values_list("table").annotate(total=Sum("rows")).order_by())

    def plan(self, cursor: Cursor, link: Link, now: dt.datetime) -> dt.datetime:
        return plan.plan(cursor, link, now)

    def try_out(self, link: Link) -> str:
        """Write, read and delete a small file, as deliveries and erasures will."""
        store, path, said = self.store(link), f"_attune_test_{uuid.uuid4().hex}", b"Attune can write here."
        store.put(path, io.BytesIO(said))
        try:
            with tempfile.TemporaryFile() as back:
                found = store.get(path, back)
                back.seek(0)
                if not found or back.read() != said:
                    raise Trouble("What was written could not be read back.", settings=True)
        finally:
            store.delete(path)
        return "Attune wrote, read and deleted a small file there."

    def deliver(self, link: Link, delivery: Delivery) -> Sent:
        if delivery.stream == corrections.STREAM:
            return corrections.deliver(self.store(link), link, delivery)
        table = tables().get(delivery.stream)
        if table is None:
            raise Trouble("This table is not exported any more.", permanent=True)
        counted, store = Counted(), self.store(link)
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            parts = write_parts(table, table.read(cursor, link, delivery, counted))
        stale = files.of_delivery(link.id, delivery.key)
        sent = 0
        for part in parts:
            path = files.path_of(table.name, part.day, _name(table, delivery))
            row = files.publish(store, link.id, table.name, path, part, delivery_key=delivery.key)
            stale.pop(path, None)
            sent += row.bytes
            part.content.close()
        # A day that an earlier try wrote, and whose people all went since.
        files.withdraw(store, stale.values())
        if not parts and "day" in delivery.portion:
            day = dt.date.fromisoformat(delivery.portion["day"])
            files.withdraw(store, files.at(link.id, files.path_of(table.name, day, _name(table, delivery))))
        describe.publish(store, link, table, delivered=delivery)
        return Sent(sum(part.rows for part in parts), sent, counted.left_out)

    def tidy(self, link: Link, destination: Destination, now: dt.datetime) -> None:
        store = self.store(link)
        people.forget_unwilling(store, link)
        forget_moves(now)
        compact.old_snapshots(store, link, now.date())
        compact.finished_days(store, link, now.date())
        for table in tables().values():
            if table.name in destination.streams:
                describe.publish(store, link, table)

    def remove(self, link: Link) -> None:
        store = self.store(link)
        files.withdraw(store, ExportFile.objects.filter(destination_id=link.id).iterator())
        for table in tables().values():
            describe.withdraw(store, table)
        store.empty()


def forget_moves(now: dt.datetime) -> int:
    """Delete moves of segments that every destination had weeks to fetch; how many."""
    return SegmentMove.objects.filter(at__lt=now - dt.timedelta(days=MOVES_KEPT_DAYS)).delete()[0]


def _name(table: Table, delivery: Delivery) -> str:
    """Numbered and queued rows: a file of the delivery's own. Whole days: one file or one for each portion, in place of the
    one before."""
    if table.kind in ("queue", "numbered"):
        return str(delivery.key)
    part = delivery.portion.get("part")
    return f"{table.name}-{part:04}" if part else table.name
