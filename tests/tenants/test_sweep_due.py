"""One look a second finds what is due in any queue, and only then a sweep runs."""

from __future__ import annotations

import datetime as dt
import re
from importlib import import_module
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tenants.due import mark_due
from tenants.tasks import sweep_due

ROOT = Path(__file__).parents[2]
ROOMS = ("tenants", "compliance", "catalog", "profiles", "experiments", "recommendations", "journeys")


@pytest.fixture
def sent(monkeypatch):
    names: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: names.append(name))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.tenants_due")
    return names


def due(tenant, queue, at=None):
    with connection.cursor() as cursor:
        mark_due(cursor, tenant.pk, queue, at)


def test_nothing_runs_where_nothing_is_due(committed, tenant, sent):
    due(tenant, "letters", timezone.now() + dt.timedelta(minutes=5))
    assert sweep_due() == 0
    assert sent == []


def test_each_sweep_runs_once_for_all_its_queues_and_tenants(committed, tenant, rival, sent):
    for one in (tenant, rival):
        due(one, "messages")
        due(one, "journeys")
    due(rival, "vectors")
    assert sweep_due() == 2
    assert sent == ["catalog.tasks.sweep_vectors", "journeys.tasks.sweep"]


def test_every_sweep_is_a_task():
    for name in settings.SWEEPS.values():
        module, _, function = name.rpartition(".")
        assert getattr(import_module(module), function).name == name


def test_every_queue_has_its_sweep():
    """Whoever waits for tenants in a queue is started by the one look; the audit trail is sealed once a minute."""
    declared = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            declared |= set(re.findall(r'^(?:\w+_)?QUEUE = "(\w+)"', path.read_text(), re.MULTILINE))
    assert len(declared) > 8
    assert declared - settings.SWEEPS.keys() == {"audit"}
