"""Everybody is to be looked at again: passes begin for segments whose answer may have changed for many at once."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection, transaction
from django.utils import timezone
from psycopg import Cursor

from tenants.due import mark_due
from tenants.scope import Scope

from ..traits import services as trait_services
from .checking import is_timed
from .definition import parse
from .live import change_definitions
from .models import Segment
from .moments import QUEUE
from .needs import live_needs, needs
from .selectors import facts
from .stock import read_stock


@transaction.atomic
def judge_everybody(scope: Scope) -> None:
    """Look at everybody again in every live segment: facts came by another way than events, such as an import."""
    with connection.cursor() as cursor:
        change_definitions(cursor, scope.schema)
        cursor.execute(
            f"""UPDATE "{scope.schema}".profiles_segment SET revision = revision + 1, cursor = NULL,
                computed_on = NULL WHERE status = 'live'"""
        )
        if cursor.rowcount:
            mark_due(cursor, scope.tenant_id, QUEUE)


def judge_users_of(scope: Scope, aggregates: Collection[int]) -> None:
    """Look at everybody again in the live segments that ask for these aggregates. The caller holds the definitions."""
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        stock = read_stock(cursor, scope.schema)
    keys = {str(number) for number in aggregates}
    users = [key for key, wanted in live_needs().items() if wanted.touches(stock, keys)]
    if users:
        judge(scope, users)


def judge(scope: Scope, keys: Collection[str]) -> None:
    """Begin passes for these live segments, and keep the measures that they ask for."""
    known = facts()
    documents = {key: each.definition for key, each in known.segments.items()}
    for each in Segment.objects.filter(key__in=keys, status=Segment.Status.LIVE):
        each.timed = is_timed(parse(each.definition), known)
        each.revision += 1
        each.cursor = each.computed_on = None
        each.error = ""
        each.updated_at = timezone.now()
        each.save(update_fields=["timed", "revision", "cursor", "computed_on", "error"])
        for measure in needs(parse(each.definition), documents).measures.values():
            trait_services.want(scope, measure)
    with connection.cursor() as cursor:
        mark_due(cursor, scope.tenant_id, QUEUE)
