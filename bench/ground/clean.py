"""Undo what a measurement sent to the grocer, so that the next one meets the same shop."""

from __future__ import annotations

import datetime as dt
import time

from django.db import connection, transaction

from recommendations.state import rebuild_states
from tenants import epochs
from tenants.db import PUBLIC, tenant_connection, use_schema

EARLY = dt.timedelta(minutes=10)


def wait_until_processed(schema: str, seconds: float) -> float:
    """Seconds until no event waited any more, at most `seconds`."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{schema}".profiles_eventqueue)')
            if not cursor.fetchone()[0]:
                break
        time.sleep(0.1)
    return time.monotonic() - started


def take_events_back(tenant: str) -> bool:
    """Delete every event and what was derived from it; False when there was none.

    Profiles keep their counters and versions: no model reads the first, and the second must not go back.
    """
    schema = f"t_{tenant}"
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT min(received_at) FROM "{schema}".profiles_event')
        first = cursor.fetchone()[0]
    if first is None:
        return False
    with tenant_connection(schema):
        with transaction.atomic(), connection.cursor() as cursor:
            # First this, which waits for a worker's open batch: what that one adds is then seen below.
            cursor.execute(
                f'TRUNCATE "{schema}".profiles_event, "{schema}".profiles_eventqueue, "{schema}".profiles_messagekey'
            )
            # Imported history ends before today; events may say that they happened a little before they came.
            cursor.execute(f'DELETE FROM "{schema}".profiles_interaction WHERE at >= %s', [first - EARLY])
        rebuild_states(schema)
        with transaction.atomic():
            epochs.bump(schema, "catalogue")
    use_schema(PUBLIC)
    return True
