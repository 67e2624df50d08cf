"""What was there before a destination, days put together, snapshots, columns that came later."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from django.db import connection

from profiles.destinations import history
from profiles.destinations.models import ExportFile
from profiles.destinations.table import tables
from profiles.destinations.warehouse import compact
from tenants.connectors.links import connector_of, open_link
from tenants.db import tenant_connection
from tenants.workspace.models import Destination, StreamProgress

from ..conftest import viewed


def test_history_comes_once_and_what_happens_meanwhile_too(
    committed, destination, send, process, export, lake, scope, monkeypatch
):
    monkeypatch.setattr(history, "PORTION", 2)
    with connection.cursor() as cursor:  # portions are of numbers, and tests before this one took many
        cursor.execute(f'ALTER TABLE "{scope.schema}".profiles_interaction ALTER COLUMN id RESTART WITH 1')
    send(*[viewed(f"u{i}") for i in range(3)])
    send(*[viewed(f"u{i}") for i in range(3, 5)])
    process()
    send(viewed("u6"))  # received before the destination, counted after it
    destination(streams=("events", "interactions"), history=True)
    process()
    send(viewed("u7"))
    process()
    with tenant_connection(scope.schema):
        waiting = StreamProgress.objects.exclude(history="done")
        for _ in range(60):  # transactions of other tests hold it up
            export(1)
            if not waiting.exists():
                break
        assert list(waiting.values()) == []
    export()
    assert lake("SELECT count(*), count(DISTINCT event_id) FROM {events}") == [(7, 7)]
    assert lake("SELECT count(*), count(DISTINCT interaction_id) FROM {interactions}") == [(7, 7)]


def test_without_history_only_what_comes_is_sent(committed, destination, send, process, export, lake):
    send(viewed("u1"))
    process()
    destination(streams=("events",))
    send(viewed("u2"))
    process()
    export()
    assert lake("SELECT count(*) FROM {events}") == [(1,)]


def test_a_finished_day_becomes_one_file_with_each_row_once(
    committed, destination, send, process, export, lake, scope, settings
):
    destination(streams=("events",))
    for number in range(4):
        send(viewed(f"u{number}"))
        process()
        export(1)
    with tenant_connection(scope.schema):
        assert ExportFile.objects.count() == 4
        # Yesterday's, one of them twice, as a worker killed while it put them together leaves it.
        root = settings.WAREHOUSE_ROOT / scope.schema / "lake"
        today = dt.datetime.now(dt.UTC).date()
        yesterday = today - dt.timedelta(days=1)
        (root / f"events/dt={today}").rename(root / f"events/dt={yesterday}")
        for row in ExportFile.objects.all():
            row.path, row.day = row.path.replace(f"dt={today}", f"dt={yesterday}"), yesterday
            row.save()
        first = ExportFile.objects.first()
        (root / first.path).with_name("copy.parquet").write_bytes((root / first.path).read_bytes())
        ExportFile.objects.create(
            destination_id=first.destination_id, table="events", day=yesterday, published=True, rows=1,
            path=first.path.rpartition("/")[0] + "/copy.parquet", profile_ids=first.profile_ids,
            written_at=first.written_at,
        )  # fmt: skip
        Destination.objects.update(tidied_on=None)
    export(1)
    assert lake("SELECT count(*), count(DISTINCT event_id), count(DISTINCT filename) FROM "
                "(SELECT *, filename FROM {events})") == [(4, 4, 1)]  # fmt: skip
    with tenant_connection(scope.schema):
        whole = ExportFile.objects.get()
        assert (whole.rows, len(whole.profile_ids)) == (4, 4)


def test_a_snapshot_is_one_file_a_day_and_old_ones_go(
    committed, destination, send, process, export, lake, scope
):
    destination(streams=("profiles",))
    send(viewed("u1"), viewed("u2"))
    process()
    export()
    assert lake("SELECT count(*), count(DISTINCT dt) FROM {profiles}") == [(2, 1)]
    with tenant_connection(scope.schema):
        today = dt.datetime.now(dt.UTC).date()
        ExportFile.objects.update(day=today - dt.timedelta(days=compact.SNAPSHOTS_KEPT + 1))
        Destination.objects.update(tidied_on=None)
        export(1)
        assert not ExportFile.objects.exists()


def test_columns_that_came_later_are_empty_in_older_files():
    table = tables()["merges"]
    old = pa.table({"former": ["a"], "profile": ["b"]})
    new = compact._with_todays_columns(table, old)
    assert new.column_names == [column.name for column in table.columns]
    assert new["at"].to_pylist() == [None]


# Columns that readers rely on. Add to the end of a list; what is here never goes, moves or changes its type.
PROMISED = {
    "events": "event_id received_at at type name profile channel properties campaign from_server bot flags traits sequence",
    "interactions": "interaction_id at profile kind item quantity value order_group place channel",
    "profiles": "profile first_seen_at last_seen_at personalised features computed_traits",
    "segment_members": "member profile segment segment_name entered_at",
    "segment_moves": "move_id at profile segment entered redefined",
    "merges": "former profile at",
    "recommendations": "impression_id decision at profile placement item position source score reason model_version outcome",
    "messages": "message profile created_at channel marketing state reason journey campaign template attempted_at "
    "decided_at opened_at clicked_at unsubscribed_at",
    "identities": "identity profile kind value since",
}


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_columns_are_only_ever_added(name):
    promised = PROMISED[name].split()
    assert [column.name for column in tables()[name].columns][: len(promised)] == promised


def test_a_large_day_becomes_some_large_files(
    committed, destination, send, process, export, lake, scope, monkeypatch
):
    """So that putting it together never needs more memory than one of them; nothing is written again the next night."""
    monkeypatch.setattr(compact, "MOST_ROWS", 4)
    destination(streams=("events",))
    for number in range(5):
        send(viewed(f"u{number}"), viewed(f"v{number}"))
        process()
        export(1)
    with tenant_connection(scope.schema):
        made = Destination.objects.get()
        link = open_link(scope, made)
        store = connector_of(made).store(link)
        later = dt.date.today() + dt.timedelta(days=2)
        assert compact.finished_days(store, link, later) == 1
        written = list(ExportFile.objects.order_by("path").values_list("rows", "written_at"))
        assert sorted(rows for rows, _ in written) == [2, 4, 4]
        compact.finished_days(store, link, later)
        assert list(ExportFile.objects.order_by("path").values_list("rows", "written_at")) == written
    assert lake("SELECT count(*), count(DISTINCT event_id) FROM {events}") == [(10, 10)]
