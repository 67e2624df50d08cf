"""The plan that holds now, compiled, in each process: looked for anew once a second, read again when it has moved."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

import orjson
import structlog
from django.db import Error, connection

from tenants.scope import Scope

from .compiled import Plan, compile_plan
from .validators import BadSchema

log = structlog.get_logger("attune.plan")

LOOK_SECONDS = 1.0
MOST_TENANTS = 512
_known: OrderedDict[str, tuple[float, int, Plan | None]] = OrderedDict()
_lock = threading.Lock()


def current(scope: Scope) -> Plan | None:
    """The tenant's plan; None: it has none. With the database away the one that was known last."""
    known = _known.get(scope.schema)
    now = time.monotonic()
    if known is not None and now - known[0] < LOOK_SECONDS:
        return known[2]
    try:
        number, plan = _read(scope.schema, known)
    except Error:
        if connection.in_atomic_block:
            raise
        # Whoever stores the events finds out that the database is away.
        return known[2] if known else None
    return _remember(scope.schema, now, number, plan)


def forget(schema: str | None = None) -> None:
    """Read the plan anew at the next event (after a change in this process; tests)."""
    if schema is None:
        _known.clear()
    else:
        _known.pop(schema, None)


def _remember(schema: str, now: float, number: int, plan: Plan | None) -> Plan | None:
    with _lock:
        _known[schema] = (now, number, plan)
        _known.move_to_end(schema)
        while len(_known) > MOST_TENANTS:
            _known.popitem(last=False)
    return plan


def _read(schema: str, known: tuple[float, int, Plan | None] | None) -> tuple[int, Plan | None]:
    with connection.cursor() as cursor:
        # The document travels only when it is another one than that which is known.
        cursor.execute(
            f"""SELECT number, CASE WHEN number <> %s THEN document::text END
                FROM "{schema}".profiles_trackingplan ORDER BY number DESC LIMIT 1""",
            [known[1] if known else 0],
        )
        row = cursor.fetchone()
    if row is None:
        return 0, None
    number, document = row
    if known is not None and known[1] == number:
        return number, known[2]
    document = orjson.loads(document)
    if not document["events"] and document["unplanned"] == "allow":
        return number, None
    try:
        return number, compile_plan(number, document)
    except BadSchema as error:
        # It was compiled before it was saved; another version of the library may see it differently.
        log.error(
            "the tracking plan can't be compiled; events pass unjudged", tenant=schema, error=str(error)
        )
        return number, None
