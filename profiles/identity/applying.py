"""Changed rules made true for the shoppers there are: in the background, in small transactions, from where a kill left it."""

from __future__ import annotations

import time

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from psycopg import Cursor
from psycopg.errors import OperationalError as PgOperationalError

from tenants.locks import alone
from tenants.scope import Scope

from .differences import Link, changes, links_after, read_plan
from .history import note_left
from .models import IdentityRules
from .regroup import Busy, follow_links
from .rules import Rules
from .sorting import TooMuch
from .store import read_rules

log = structlog.get_logger("attune.identity")

TURN_SECONDS = 8.0
TRIES = 3
_TIMEOUT = "SET LOCAL transaction_timeout = '14s'"


def run_turn(scope: Scope, seconds: float = TURN_SECONDS) -> bool:
    """Go on for about `seconds`; whether more is to be done. Running it twice, or in two processes, is harmless."""
    deadline = time.monotonic() + seconds
    connection.ensure_connection()
    with alone(f"{scope.schema}:identity-rules") as mine:
        if not mine:
            return waits()
        while (row := _pending()) is not None:
            if time.monotonic() > deadline:
                return True
            if not _portion(scope, row, deadline):
                return True
    return False


def waits() -> bool:
    return _pending() is not None


def _pending() -> IdentityRules | None:
    row = IdentityRules.objects.order_by("pk").first()
    return row if row is not None and row.applied_version < row.version else None


def _portion(scope: Scope, row: IdentityRules, deadline: float) -> bool:
    """Look at some links; whether to go on at once."""
    with transaction.atomic(), Cursor(connection.connection) as cursor:
        cursor.execute(_TIMEOUT)
        rules = read_rules(cursor, scope.schema)
        rows = links_after(cursor, scope.schema, row.progress, row.until)
        names = {name for _, a, b in rows for name in (a, b)}
        differing = _differing(cursor, scope.schema, names, rules) if names else set()
    if not rows:
        _held(row).update(applied_version=row.version)
        return True
    for link in rows:
        concerned = bool(differing & {link[1], link[2]})
        if concerned and (time.monotonic() > deadline or not _change(scope, row, link)):
            return False
    _step(row, rows[-1][0])
    return True


def _differing(cursor: Cursor, schema: str, names: set[bytes], rules: Rules) -> set[bytes]:
    """Those of the names whose surroundings would change; all of them when only together they tell."""
    plan, graph = read_plan(cursor, schema, names, rules)
    if not changes(plan):
        return set()
    touched = plan.sort | {p for pair in plan.split for p in pair}
    touched |= {p for merge in plan.merges for p in (merge.gone, merge.kept)}
    near = {name for name, owner in graph.owner.items() if owner in touched}
    near |= {name for name, owner in plan.owner.items() if owner in touched}
    # Names that are nobody's own, as addresses are, join by their links.
    return near | {end for key in graph.links if near & set(key) for end in key}


def _change(scope: Scope, row: IdentityRules, link: Link) -> bool:
    """Make one cluster follow; False when it is to be tried later. Who can't be changed is counted and left as they are."""
    number, a, b = link
    if row.attempts >= TRIES:
        log.error("identity rules could not be applied to a shopper", tenant=scope.schema, link=number)
        _held(row).update(held_up=row.held_up + 1)
        row.held_up += 1
        _step(row, number)
        return True
    _held(row).update(attempts=row.attempts + 1, progress=number - 1)
    row.attempts, row.progress = row.attempts + 1, number - 1
    try:
        with transaction.atomic():
            connection.ensure_connection()
            with Cursor(connection.connection) as cursor:
                cursor.execute(_TIMEOUT)
                rules = read_rules(cursor, scope.schema)
                done = follow_links(cursor, scope, {a, b}, rules, what="split")
                cursor.execute(
                    f"""UPDATE "{scope.schema}".profiles_identityrules SET merged = merged + %b,
                        separated = separated + %b WHERE id = %b AND version = %b""",
                    [len(done.merged), len(done.split), row.pk, row.version],
                )
    except TooMuch as error:
        with Cursor(connection.connection) as cursor:
            note_left(cursor, scope.schema, error.profiles, error.events)
        row.attempts = TRIES
        return _change(scope, row, link)
    except Busy:
        return False
    except (OperationalError, PgOperationalError) as error:
        log.warning("identity rules: tried again later", tenant=scope.schema, link=number, error=str(error))
        connection.close_if_unusable_or_obsolete()
        return False
    _step(row, number)
    return True


def _step(row: IdentityRules, progress: int) -> None:
    _held(row).update(progress=progress, attempts=0)
    row.progress, row.attempts = progress, 0


def _held(row: IdentityRules) -> QuerySet[IdentityRules]:
    """The row, while the version that is being applied holds."""
    return IdentityRules.objects.filter(pk=row.pk, version=row.version)
