"""A whole erasure, as officers approve it: the person's rows leave the merchant's files, and the receipt says so."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from compliance.models import SubjectRequest
from compliance.requests import perform
from profiles.destinations import plan
from profiles.subjects import resolve
from tenants.connectors import run, services
from tenants.connectors.base import Trouble
from tenants.connectors.services import Draft
from tenants.workspace.models import Destination

from .conftest import track


@pytest.fixture
def lake(scope, inside, send, settings, tmp_path, monkeypatch):
    """Two shoppers' events in a folder; `lake(uuid)` counts one's rows in it."""
    settings.WAREHOUSE_ROOT = tmp_path / "warehouse"
    monkeypatch.setattr(plan, "FLUSH_SECONDS", 0.0)
    draft = Draft("folder", "Lake", {"folder": "lake"}, streams=("events", "profiles"))
    services.create(scope, draft, history=False, actor="user:1")
    send(track("u1"), track("u1", "Chatted"), track("u2"))
    Destination.objects.update(next_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    run.run_turn(scope, 30.0)

    def count(uuid: str) -> list[int]:
        root = settings.WAREHOUSE_ROOT / scope.schema / "lake"
        reader = duckdb.connect()
        return [
            reader.execute(
                f"SELECT count(*) FROM read_parquet('{root}/{table}/**/*.parquet') WHERE profile = '{uuid}'"
            ).fetchall()[0][0]
            for table in ("events", "profiles")
        ]

    return count


def test_the_rows_go_and_the_receipt_counts_the_files(committed, scope, lake, performed):
    mine, other = (str(resolve(scope, [("user_id", name)]).uuids[0]) for name in ("u1", "u2"))
    assert lake(mine) == [2, 1]
    request = performed("u1")
    assert lake(mine) == [0, 0]
    assert lake(other) == [1, 1]
    step = request.steps.get(name="Files in your warehouse")
    assert (step.state, step.found, step.remaining) == ("done", 2, 0)


def test_while_the_storage_is_away_the_request_stays_open(committed, scope, lake, approved, monkeypatch):
    mine = str(resolve(scope, [("user_id", "u1")]).uuids[0])
    request = approved("u1")
    with monkeypatch.context() as patch:

        def away(self, path, into):
            raise Trouble("The storage can't be reached.")

        patch.setattr("profiles.destinations.warehouse.folder.Folder.get", away)
        assert not perform.perform(scope, request.pk)
    request.refresh_from_db()
    assert request.is_open
    assert request.trouble
    SubjectRequest.objects.filter(pk=request.pk).update(retry_at=None)
    assert perform.perform(scope, request.pk)
    assert lake(mine) == [0, 0]
