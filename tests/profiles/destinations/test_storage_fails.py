"""A storage that fails in every way that lines have: each row arrives once, what stays away is given up and replayed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import duckdb
import httpcore
import pytest

from tenants import outbound
from tenants.connectors import retry
from tenants.db import tenant_connection
from tenants.deadline import Backend
from tenants.workspace.models import Delivery, Destination

from ..conftest import viewed
from .faulty_line import FaultyLine
from .test_bucket import SECRET, storage

__all__ = ["storage"]


@pytest.fixture
def line(storage: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyLine]:
    settings.OUTBOUND_TO_OWN_NETWORK = True
    monkeypatch.setattr(outbound, "TIMEOUTS", {"connect": 1.0, "read": 1.0, "write": 1.0, "pool": 1.0})
    # A connection of its own for each call, so that each meets what is next.
    monkeypatch.setattr(
        outbound,
        "pool",
        lambda host: httpcore.ConnectionPool(max_keepalive_connections=0, network_backend=Backend()),
    )
    host, port = storage.endpoint.removeprefix("http://").split(":")
    server = FaultyLine((host, int(port)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def bucket(line, destination, request):
    prefix = f"faults/{request.node.name.replace('[', '-').replace(']', '').replace(' ', '-')}"
    config = {
        "bucket": "lake", "prefix": prefix, "region": "eu-central-1", "endpoint": line.url, "style": "path",
        "location": "eu",
    }  # fmt: skip
    return destination(vendor="s3", config=config, secret=SECRET, streams=("events",))


def rows_of(storage, made, folder) -> list[Any]:
    listed = storage.list_objects_v2(Bucket="lake", Prefix=f"{made.config['prefix']}/events/").get(
        "Contents", []
    )
    for number, one in enumerate(key["Key"] for key in listed if key["Key"].endswith(".parquet")):
        storage.download_file("lake", one, str(folder / f"{number}.parquet"))
    query = f"SELECT count(*), count(DISTINCT event_id) FROM '{folder}/*.parquet'"
    return duckdb.connect().execute(query).fetchall()


@pytest.mark.parametrize("fault", ["503", "silent", "cut", "lost", "slow"])
def test_each_row_arrives_once(
    fault, committed, line, bucket, send, process, export, storage, tmp_path, scope, monkeypatch
):
    monkeypatch.setattr("tenants.connectors.s3.client.SECONDS", 2.0)
    send(viewed("u1"), viewed("u2"))
    process()
    line.faults = [fault, fault]
    export(1)
    with tenant_connection(scope.schema):
        one = Delivery.objects.get()
        assert (one.state, one.tries.count()) == ("waiting", 1)
        assert one.error.startswith("The storage")
    export()
    assert line.met[0] == fault
    assert "well" in line.met
    assert rows_of(storage, bucket, tmp_path) == [(2, 2)]
    with tenant_connection(scope.schema):
        made = Destination.objects.get()
        assert (made.error, made.failures) == ("", 0)


def test_what_stays_away_is_given_up_and_replayed(
    committed, line, bucket, send, process, export, storage, tmp_path, scope, monkeypatch
):
    from tenants.connectors import services

    monkeypatch.setattr(retry, "MOST_ATTEMPTS", 2)
    send(viewed("u1"))
    process()
    line.faults = ["503", "lost"]
    export(2)
    with tenant_connection(scope.schema):
        assert Delivery.objects.get().state == "dead"
        assert services.replay(scope, bucket, None, actor="user:1") == 1
    export()
    assert rows_of(storage, bucket, tmp_path) == [(1, 1)]
