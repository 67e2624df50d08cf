"""What a processed batch of events means for experiments, in the batch's own transaction: conversions, merged units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import connection

from profiles.batch import Happened, ProcessedBatch
from profiles.processing.facts import (
    item_quantity,
    item_value,
    key_of_order,
    order_quantity,
    order_value,
)
from tenants.scope import Scope

from .exposures import exposed, merge_units
from .models.metric import What, what_of
from .running import Running, running

_BY_NAME = {
    "recommendation clicked": What.CLICK,
    "product viewed": What.VIEW,
    "product clicked": What.VIEW,
    "product added": What.CART,
    "order completed": What.ORDER,
}
# As the columns of experiments_conversion: unit, event_id, what, at, value, quantity, order_key.
Row = tuple[bytes, int, str, dt.datetime, float, float, int]


def on_events(scope: Scope, batch: ProcessedBatch) -> None:
    """Move what merged units saw and did, and keep what the metrics of experiments count."""
    now = running(scope.schema)
    if not now.ever:
        return
    with connection.cursor() as cursor:
        merge_units(cursor, scope.schema, batch.merged_units)
        rows = [row for event in batch.happened for row in conversions_of(event, now)]
        _write(cursor, scope.schema, _concerned(cursor, scope.schema, rows, now))


def conversions_of(event: Happened, now: Running) -> Iterator[Row]:
    """What an event counts as, of what some experiment's metric needs at the time of the event."""
    if event.type != "track":
        return
    at = dt.datetime.fromtimestamp(event.at, dt.UTC)
    name = event.name.strip().casefold()
    # Of a completed order alone: there may well be two refunds of one order.
    order = key_of_order(event.properties) if _BY_NAME.get(name) == What.ORDER else 0
    for what in (_BY_NAME.get(name), what_of(What.EVENT, name)):
        if what is None or at > now.counted.get(what, dt.datetime.min.replace(tzinfo=dt.UTC)):
            continue
        if what == What.ORDER:
            value, quantity = order_value(event.properties), order_quantity(event.properties)
        elif what in (What.VIEW, What.CART):
            value, quantity = item_value(event.properties), item_quantity(event.properties)
        else:
            value, quantity = order_value(event.properties), 1.0
        yield event.unit, event.event_id, str(what), at, value, quantity, order


def _concerned(cursor: Any, schema: str, rows: list[Row], now: Running) -> list[Row]:
    """Rows of units that an experiment takes or has taken.

    Who would be taken counts as well: the exposure may still be on its way through Valkey when the click arrives.
    """
    taken = {unit: now.may_meet(unit) for unit in {row[0] for row in rows}}
    others = [unit for unit, meets in taken.items() if not meets]
    if others:
        seen = exposed(cursor, schema, others)
        taken.update((unit, unit in seen) for unit in others)
    return [row for row in rows if taken[row[0]]]


def _write(cursor: Any, schema: str, rows: list[Row]) -> None:
    """What is there already stays as it is: the same event, and an order that the unit's rows have."""
    if not rows:
        return
    cursor.execute(
        f"""INSERT INTO "{schema}".experiments_conversion
                (unit, event_id, what, at, value, quantity, order_key)
            SELECT * FROM unnest(%s::bytea[], %s::bigint[], %s::text[], %s::timestamptz[], %s::float[], %s::float[],
                                 %s::bigint[])
            ON CONFLICT DO NOTHING""",
        [list(column) for column in zip(*rows, strict=True)],
    )
