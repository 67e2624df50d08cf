"""Counted events arrive in the warehouse once, in partitions that DuckDB reads."""

from __future__ import annotations

import duckdb
import orjson

from tenants.db import tenant_connection
from tenants.workspace.models import Delivery, OutboxEntry

from ..conftest import event, viewed


def test_an_event_is_a_row_with_its_properties(committed, destination, send, process, export, lake):
    destination()
    send(
        viewed("u1", "p1"), event(userId="u1", event="Chatted", properties={"mood": "good"}, channel="store")
    )
    process()
    export()
    found = lake("SELECT name, type, properties->>'$.mood', from_server, bot, dt FROM {events} ORDER BY name")
    assert [row[:3] for row in found] == [("Chatted", "track", "good"), ("Product Viewed", "track", None)]
    assert all(row[3] is True and row[4] is False for row in found)
    assert len({row[5] for row in found}) == 1


def test_each_event_is_there_once_however_often_it_is_worked_on(
    committed, destination, send, process, export, lake
):
    destination()
    for number in range(5):
        send(*[viewed(f"u{number}", f"p{i}") for i in range(4)])
        process()
        export(1)
    export()
    assert lake("SELECT count(*), count(DISTINCT event_id) FROM {events}") == [(20, 20)]


def test_nothing_waits_once_it_is_delivered(committed, destination, send, process, export, scope):
    destination()
    send(viewed("u1"), viewed("u2"))
    process()
    with tenant_connection(scope.schema):
        assert sum(len(entry.ids) for entry in OutboxEntry.objects.all()) == 2
        export()
        assert not OutboxEntry.objects.exists()
        sent = Delivery.objects.get(stream="events")
        assert (sent.state, sent.rows, sent.left_out, sent.attempts) == ("sent", 2, 0, 1)


def test_facts_shoppers_and_pseudonyms_fit_together(
    committed, destination, send, process, export, lake, settings
):
    destination(history=True)
    send(viewed("u1", "p1"), viewed("u1", "p2"), viewed("u2", "p1"))
    process()
    export(6)
    assert lake(
        """SELECT p.profile, count(DISTINCT i.item), count(DISTINCT e.event_id) FROM {profiles} p
           JOIN {interactions} i USING (profile) JOIN {events} e USING (profile) GROUP BY 1 ORDER BY 2 DESC"""
    )[0][1:] == (2, 2)
    assert lake("SELECT kind, item, count(*) FROM {interactions} GROUP BY ALL ORDER BY ALL") == [
        ("view", "p1", 2), ("view", "p2", 1),
    ]  # fmt: skip


def test_the_manifest_lists_the_files_that_count(
    committed, destination, send, process, export, settings, scope
):
    """Word for word as docs/destinations.md says how."""
    destination(streams=("events",))
    send(viewed("u1"), viewed("u2"))
    process()
    export()
    root = settings.WAREHOUSE_ROOT / scope.schema / "lake"
    reader = duckdb.connect()
    reader.execute(
        f"""SET VARIABLE files = (SELECT list('{root}/' || f.path)
            FROM (SELECT unnest(files) AS f FROM read_json('{root}/events/_manifest.json')))"""
    )
    counted = "SELECT count(*) FROM read_parquet(getvariable('files'), union_by_name = true)"
    assert reader.execute(counted).fetchall() == [(2,)]
    described = orjson.loads((root / "events/_schema.json").read_bytes())
    assert {"name": "bot", "type": "bool"}.items() <= described["columns"][10].items()
