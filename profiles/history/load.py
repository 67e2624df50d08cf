"""One import: read, make shoppers and items, write the facts and what profiles keep of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection, transaction
from psycopg import Cursor

from compliance.consent import allowed
from tenants import due
from tenants.crypto import blind_index
from tenants.db import tenant_connection
from tenants.scope import Scope

from ..days import calendar
from ..features import buckets
from ..ingest.store import QUEUE
from ..models import HistoryImport
from ..processing import versions
from ..processing.decode import origin_of
from ..processing.drafts import load, write
from ..processing.items import find_items, make_standing
from ..processing.write import blinds_of
from ..segments.judging import judge_everybody
from ..traits.services import build_again
from .copy import copy_interactions
from .digest import Digest
from .frames import History, read_frames
from .shoppers import Span, ensure_profiles, portions

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ImportResult:
    """`rows` is 0 when this digest had been imported before. `skipped`: rows that could not be used; `refused`: rows of
    shoppers who refuse analytics."""

    rows: int
    skipped: int
    shoppers: int
    items: int
    repeated: bool = False
    refused: int = 0


def import_history(
    scope: Scope,
    frames: Iterable[Any],
    source: str,
    digest: str,
    shift_days: int = 0,
    progress: Progress | None = None,
) -> ImportResult:
    """Import chunks of interactions (see `frames.read_frames` for the columns) once per `digest`.

    Shoppers and unlisted items are made first, in short transactions that may be repeated; all facts, profiles and
    the record of the import are one transaction, so a crash leaves no half. About 80 bytes of memory per row.
    `progress(what, done, of)`. Raises ValueError when the data lacks a column.
    """
    say = progress or (lambda what, done, of: None)
    with tenant_connection(scope.schema):
        if HistoryImport.objects.filter(digest=digest, done=True).exists():
            return ImportResult(0, 0, 0, 0, repeated=True)
        history = read_frames(frames, shift_days, lambda rows: say("reading", rows, 0))
        connection.ensure_connection()
        with transaction.atomic(), Cursor(connection.connection) as cursor:
            items = find_items(cursor, scope.schema, history.items)
        say("making shoppers", 0, len(history.users))
        profiles = ensure_profiles(scope, _spans(history))
        return _load(scope, history, items, profiles, source, digest, shift_days, say)


def _load(
    scope: Scope,
    history: History,
    items: dict[str, Any],
    profiles: dict[str, int],
    source: str,
    digest: str,
    shift_days: int,
    say: Progress,
) -> ImportResult:
    told: list[tuple[int, dict[str, int]]] = []
    profile_of = np.array([profiles.get(user, 0) for user in history.users], np.int64)
    observed = allowed(scope.schema, profiles.values(), "analytics")
    given, history = len(history), history.of_users(np.isin(profile_of, list(observed)))
    origin_of_user = np.array(
        [origin_of(blind_index(scope.tenant_id, "user_id", user)) for user in history.users], np.int64
    )
    pk_of = np.array([items[name].pk for name in history.items], np.int64)
    with transaction.atomic():
        record, made = HistoryImport.objects.get_or_create(
            digest=digest,
            defaults={"source": source[:120], "rows": len(history), "done": True, "shift_days": shift_days},
        )
        if not made and record.done:
            return ImportResult(0, 0, 0, 0, repeated=True)
        with Cursor(connection.connection) as cursor:
            copy_interactions(
                cursor,
                scope.schema,
                history,
                profile_of[history.user],
                pk_of[history.item],
                origin_of_user[history.user],
                lambda rows: say("writing interactions", rows, len(history)),
            )
            say("building features", 0, len(history.users))
            summary = Digest(history, items, make_standing(scope.schema), calendar(scope.time_zone))
            told = _update_profiles(cursor, scope, history, profile_of, summary, say)
        judge_everybody(scope)
        build_again(scope, ["act"])
    for note, numbers in told:
        if versions.tell(scope.schema, numbers):
            with Cursor(connection.connection) as cursor:
                versions.forget_note(cursor, scope.schema, note)
    return ImportResult(
        len(history), history.skipped, len(history.users), len(history.items), refused=given - len(history)
    )


def _update_profiles(
    cursor: Cursor, scope: Scope, history: History, profile_of: Any, summary: Digest, say: Progress
) -> list[tuple[int, dict[str, int]]]:
    """Add the digest to every profile, locked in the order of ids; the versions to tell, noted."""
    spans = _spans(history)
    today = calendar(scope.time_zone).today()
    order = np.argsort(profile_of, kind="stable").tolist()
    told = []
    done = 0
    for users in portions(order):
        drafts = load(cursor, scope, sorted({int(profile_of[u]) for u in users}))
        for user in users:
            draft = drafts.get(int(profile_of[user]))
            if draft is None:  # erased since it was made, as will be their facts below
                continue
            summary.onto(draft, user)
            for moment in spans.get(history.users[user], ()):
                draft.seen(moment)
            draft.version += 1
            buckets.prune(draft.counters, today)
        write(cursor, scope, list(drafts.values()))
        erased = {int(profile_of[u]) for u in users} - drafts.keys()
        if erased:
            cursor.execute(
                f'DELETE FROM "{scope.schema}".profiles_interaction WHERE profile_id = ANY(%s)',
                [list(erased)],
            )
        numbers = {blind: drafts[p].version for blind, p in blinds_of(cursor, scope.schema, list(drafts))}
        note = versions.write_note(cursor, scope.schema, numbers)
        if note is not None:
            told.append((note, numbers))
        done += len(users)
        say("building features", done, len(order))
    if told:
        due.mark_due(cursor, scope.tenant_id, QUEUE)
    return told


def _spans(history: History) -> dict[str, Span]:
    size = len(history.users)
    first = np.full(size, np.iinfo(np.int64).max)
    last = np.full(size, np.iinfo(np.int64).min)
    np.minimum.at(first, history.user, history.at)
    np.maximum.at(last, history.user, history.at)
    return {
        user: (_moment(first[number]), _moment(last[number]))
        for number, user in enumerate(history.users)
        if first[number] <= last[number]
    }


def _moment(micros: Any) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(micros) / 1e6, dt.UTC)
