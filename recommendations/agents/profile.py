"""The profile agent: the shopper's recent history and features, in one query."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import replace
from typing import Any

import orjson
import psycopg
import structlog
from django.db import OperationalError, connection

from tenants import forgetting
from tenants.scope import Scope

from ..contracts import Request, Shopper
from ..learning.data import BadHistory, ShopperHistory
from ..learning.tail import with_tail

log = structlog.get_logger("attune.profile")

STRANGER = Shopper(None, 0, ShopperHistory.empty(), {}, consent=True)
LONGEST_STALE_SECONDS = 3600
# As the database gave them: unpacked they take three times as much memory.
_REMEMBERED = 1_000
# A plan takes the server some 60 kB, in each connection.
PREPARED = 500
_BREAK_SECONDS = 1.0

Row = tuple[int, int, bool, str, bytes | None, bytes, list[int] | None, bytes | None, bool]
_seen: OrderedDict[tuple[str, bytes], tuple[float, Row]] = OrderedDict()
_lock = threading.Lock()
_open_until = 0.0

_QUERY = """
SELECT p.id, p.version, p.consent_personalisation, p.features::text, s.blob, p.unit, {segments}, s.tail,
       CASE WHEN %s THEN false ELSE EXISTS (
           SELECT 1 FROM "{schema}".profiles_identifier k WHERE k.profile_id = p.id AND k.kind <> 'anonymous_id') END
FROM "{schema}".profiles_identifier i
JOIN "{schema}".profiles_profile p ON p.id = i.profile_id
LEFT JOIN "{schema}".recommendations_shopperstate s ON s.profile_id = p.id
WHERE i.blind = %s"""
# Only while an experiment is for members of a segment: otherwise nobody looks.
_NO_SEGMENTS = "NULL::bigint[]"
_SEGMENTS = """ARRAY(SELECT m.segment_id FROM "{schema}".profiles_segmentmember m
                     WHERE m.profile_id = p.id AND m.segment_id = ANY(%s::bigint[]))"""


@forgetting.remember_to
def forget_shoppers() -> None:
    """Called after an erasure. Nobody can be erased while the database is away, when these are needed."""
    with _lock:
        _seen.clear()


def read_shopper(request: Request, segments: tuple[int, ...] = ()) -> Shopper:
    """The shopper of a request; a stranger when nobody is named, known or meant to be read.

    An untrusted request (publishable key without a shopper token) that names an anonymous id is answered with a
    history only while that id belongs to nobody known: reasons would otherwise tell a browser what a person bought.
    `segments`: those whose membership is asked for, all in the same query.
    """
    if request.identity is None:
        return STRANGER
    row = _fetch(request.scope, request.identity.blind, request.trusted, segments)
    if row is None:
        return replace(STRANGER, unit=request.identity.blind)
    if row[-1]:  # known
        # Which experiments the shopper is in must not vary with who asks; the answer names none that tells of a segment.
        return replace(STRANGER, unit=row[5], consent=row[2], segments=_segments(row))
    _remember(request, row)
    return _shopper(row, freshness="live")


def _shopper(row: Row, freshness: str) -> Shopper:
    profile_id, version, consent, features, blob, unit, _, tail, _ = row
    return Shopper(
        profile_id,
        version,
        _history(blob, tail) if consent else ShopperHistory.empty(),
        _features(features) if consent else {},
        consent=consent,
        freshness=freshness,
        unit=unit,
        segments=_segments(row),
    )


def _features(text: str) -> dict[str, Any]:
    """Nothing where the row is damaged: an unknown age passes no age gate, and the history does not depend on it."""
    found = orjson.loads(text)
    return found if isinstance(found, dict) else {}


def _segments(row: Row) -> frozenset[int] | None:
    return None if row[6] is None else frozenset(row[6])


def remembered_shopper(request: Request) -> Shopper:
    """The shopper as this process read it within the last hour, for when the database does not answer."""
    if request.identity is None:
        return STRANGER
    with _lock:
        entry = _seen.get((request.scope.schema, request.identity.blind + bytes([request.trusted])))
    if entry is None or time.monotonic() - entry[0] > LONGEST_STALE_SECONDS:
        return STRANGER
    return _shopper(entry[1], freshness="remembered")


def _fetch(scope: Scope, blind: bytes, trusted: bool, segments: tuple[int, ...]) -> Any:
    global _open_until
    if time.monotonic() < _open_until:
        raise OperationalError("the database was away a moment ago")
    try:
        connection.ensure_connection()
        # A statement per tenant: with the default of a hundred, many tenants push each other's plans out.
        connection.connection.prepared_max = PREPARED
        # Server-side binding and binary results, which Django's own cursor doesn't do.
        with psycopg.Cursor(connection.connection) as cursor:
            looked_up = _SEGMENTS.format(schema=scope.schema) if segments else _NO_SEGMENTS
            query = _QUERY.format(schema=scope.schema, segments=looked_up)
            values = ([list(segments)] if segments else []) + [trusted, blind]
            cursor.execute(query, values, prepare=True, binary=True)
            return cursor.fetchone()
    except (psycopg.OperationalError, psycopg.InterfaceError, OperationalError) as error:
        connection.close()
        _open_until = time.monotonic() + _BREAK_SECONDS
        raise OperationalError(str(error)) from error


def _history(blob: bytes | None, tail: bytes | None) -> ShopperHistory:
    if blob is None:
        return ShopperHistory.empty()
    try:
        return with_tail(blob, tail or b"")
    except BadHistory:
        log.exception("unreadable shopper state")
        return ShopperHistory.empty()


def _remember(request: Request, row: Row) -> None:
    if request.identity is None:
        return
    forgetting.watch()
    with _lock:
        _seen[(request.scope.schema, request.identity.blind + bytes([request.trusted]))] = (
            time.monotonic(),
            row,
        )
        while len(_seen) > _REMEMBERED:
            _seen.popitem(last=False)
