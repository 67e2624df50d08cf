"""Requests that hold the event table are let through, and the month goes with a later try."""

import threading

import psycopg
from django.db import connection

from profiles.retention import run as running
from profiles.retention.months import months_held
from profiles.retention.run import with_patience
from tenants.db import tenant_connection


def test_a_month_is_dropped_once_nobody_reads_it(committed, tenant, monkeypatch):
    monkeypatch.setattr(running, "LOCK_TIMEOUT", "200ms")
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.2)
    schema = tenant.schema_name
    with tenant_connection(schema):
        month = months_held(schema)[0]
        reader = psycopg.connect(connection.connection.info.dsn)
        reader.execute(f'SELECT 1 FROM "{schema}".profiles_event LIMIT 1')
        tries = []

        def drop():
            tries.append(1)
            if len(tries) == 2:
                threading.Timer(0.05, reader.rollback).start()
            return running._drop(schema, month)

        assert with_patience(drop) is True
        assert len(tries) >= 2
        assert month not in months_held(schema)
    reader.close()
