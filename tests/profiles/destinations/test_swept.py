"""Work is found by the public due table: a destination is looked at, comes back by itself, and is left when paused."""

from __future__ import annotations

import datetime as dt

import pytest
from celery import current_app

from tenants import due
from tenants.connectors import run, services, tasks
from tenants.connectors.outbox import QUEUE
from tenants.db import tenant_connection
from tenants.models import Tenant
from tenants.workspace.models import Destination

from ..conftest import viewed


@pytest.fixture
def hinted(monkeypatch):
    """Schemas for which the sweep started a worker."""
    found = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **more: found.append((name, *args)))
    return found


def test_a_new_destination_is_swept_up_and_the_task_exists(committed, destination, hinted, tenant):
    destination()
    assert tasks.sweep_destinations() == 1
    assert hinted == [("tenants.connectors.tasks.work_destinations", tenant.schema_name)]
    current_app.loader.import_default_modules()
    assert hinted[0][0] in current_app.tasks


def test_the_rival_is_not_swept_for_it(committed, destination, rival):
    destination()
    assert rival.schema_name not in [schema for _, schema in due.due_tenants(QUEUE)]


def test_after_a_turn_it_comes_back_by_itself(committed, destination, send, process, scope, tenant):
    made = destination()
    send(viewed("u1"))
    process()
    with tenant_connection(scope.schema):
        run.run_turn(scope, 30.0)
        made.refresh_from_db()
        assert made.next_at is not None
        due_at = made.next_at
    assert due_at <= dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)


def test_a_paused_one_is_left_and_its_events_wait(
    committed, destination, send, process, export, lake, scope, hinted
):
    made = destination(streams=("events",))
    with tenant_connection(scope.schema):
        services.pause(scope, made, actor="user:1")
    send(viewed("u1"))
    process()
    assert tasks.sweep_destinations() == 0
    with tenant_connection(scope.schema):
        services.resume(scope, made, actor="user:1")
    export()
    assert lake("SELECT count(*) FROM {events}") == [(1,)]


def test_a_suspended_shop_sends_nothing(committed, destination, tenant, scope):
    destination()
    Tenant.objects.filter(pk=tenant.pk).update(status="suspended")
    assert tasks.work_destinations(tenant.schema_name) is False
    with tenant_connection(scope.schema):
        assert Destination.objects.get().last_sent_at is None
