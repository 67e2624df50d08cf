"""A snapshot of a large shop comes in portions: each row once, listed when all of them are there, new events in between."""

from __future__ import annotations

import datetime as dt

import orjson
import pytest

from profiles.destinations import plan
from profiles.destinations.models import ExportFile
from profiles.destinations.warehouse.folder import Folder
from tenants.connectors.base import Trouble
from tenants.db import tenant_connection
from tenants.workspace.models import Delivery

from ..conftest import viewed


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(plan, "SNAPSHOT_NUMBERS", 4)


def manifest(settings, scope, table="profiles"):
    root = settings.WAREHOUSE_ROOT / scope.schema / "lake"
    return orjson.loads((root / table / "_manifest.json").read_bytes())


def test_every_shopper_is_in_one_portion(
    committed, small, destination, send, process, export, lake, scope, settings
):
    send(*[viewed(f"u{n}") for n in range(11)])
    process()
    destination(streams=("profiles", "events"))
    export()
    assert lake("SELECT count(*), count(DISTINCT profile) FROM {profiles}") == [(11, 11)]
    with tenant_connection(scope.schema):
        paths = ExportFile.objects.filter(table="profiles").values_list("path", flat=True)
        assert len({path.rpartition("/")[2] for path in paths}) >= 3
    said = manifest(settings, scope)
    assert (said["rows"], len(said["files"])) == (11, len(paths))
    assert said["latest"]


def test_a_day_is_listed_when_all_of_it_is_there(
    committed, small, destination, send, process, export, scope, settings, monkeypatch
):
    send(*[viewed(f"u{n}") for n in range(11)])
    process()
    destination(streams=("profiles",))
    put = Folder.put

    def not_the_second(self, path, content):
        if path.endswith("-0002.parquet"):
            raise Trouble("It is away.")
        return put(self, path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "put", not_the_second)
        export(2)
    with tenant_connection(scope.schema):
        assert ExportFile.objects.filter(table="profiles", published=True).count() >= 2
        assert Delivery.objects.filter(state="waiting").count() == 1
    assert manifest(settings, scope)["files"] == []
    export()
    assert manifest(settings, scope)["rows"] == 11


def test_what_happens_meanwhile_goes_in_between(committed, small, destination, send, process, scope):
    from django.db import connection
    from django.utils import timezone
    from psycopg import Cursor

    from profiles.destinations.table import tables
    from tenants.connectors import queue
    from tenants.connectors.links import open_link

    send(*[viewed(f"u{n}") for n in range(11)])
    process()
    made = destination(streams=("profiles", "events"))
    now = timezone.now()
    with tenant_connection(scope.schema), Cursor(connection.connection) as cursor:
        plan.add_snapshot(cursor, open_link(scope, made), tables()["profiles"], now.date(), now)
        later = now + dt.timedelta(seconds=4)
        plan.outbox.add_delivery(cursor, scope.schema, made.pk, "events", later, ids=[1], moments=[now])
        order = []
        while one := queue.claim(made, now + dt.timedelta(seconds=60), 600):
            order.append(one.stream)
    assert order.index("events") < len(order) - 1
