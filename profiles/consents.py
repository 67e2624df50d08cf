"""The door for consent: whose it is, what they said, and what follows from it here.

`Profile.consent_personalisation` repeats what compliance.consent decides, so that an answer needs no second look-up.
A change raises the shopper's version in the same transaction and tells Valkey right after the commit: no answer that was
made before is given again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import Cursor

from compliance import consent
from compliance.consent import Choice, Word
from compliance.suppression import refused
from tenants import audit
from tenants.crypto import blind_index
from tenants.db import tenant_connection
from tenants.due import mark_due
from tenants.scope import Scope

from .ingest.store import QUEUE
from .processing import versions
from .processing.claim import Claimed
from .processing.consents import project
from .processing.decode import TRACK, Occurrence
from .processing.people import resolve
from .processing.write import blinds_of
from .segments.judging import judge_everybody
from .segments.membership import refresh

# More shoppers than this enter and leave segments in the background.
_JUDGED_AT_ONCE = 1_000
Named = tuple[str, str]  # kind as Identifier.Kind, value


class UnknownShopper(LookupError):
    """There is no profile with this number."""


class ErasedShopper(LookupError):
    """The identifier belongs to somebody who was erased: nothing of them may be kept, their word included."""


def set_consent(
    scope: Scope,
    shopper: int | Named,
    choices: Iterable[Choice],
    *,
    actor: str,
    at: dt.datetime | None = None,
) -> list[Choice]:
    """Record what a shopper said; returns the choices that changed something.

    `shopper`: a profile's id, or (kind, value) of an identifier; an unknown one gets a profile in the ordinary way.
    `at`: when it was said, now by default. Raises `compliance.consent.BadChoice`, `UnknownShopper` and
    `ErasedShopper`.
    """
    wanted = list(choices)
    with _working(scope) as cursor:
        profile_id = shopper if isinstance(shopper, int) else _find_or_make(cursor, scope, shopper)
        locked = _lock(cursor, scope.schema, [profile_id])
        if not locked:
            raise UnknownShopper(f"There is no shopper {profile_id}.")
        changed = consent.record(cursor, scope.schema, profile_id, wanted, actor=actor, at=at)
        if changed:
            target = f"profile:{locked[profile_id]}"
            audit.record("consent changed", target, actor, said=[said(c) for c in changed])
            _outdate(cursor, scope, [profile_id])
    return changed


def import_consents(scope: Scope, words: Sequence[Word], *, actor: str, source: str) -> int:
    """Record many words of known shoppers at once, as from another system; how many changed something.

    Words of profiles that don't exist are left out. One audit record names `source` and the counts.
    """
    with _working(scope) as cursor:
        locked = _lock(cursor, scope.schema, {word.profile_id for word in words})
        changed = consent.record_many(cursor, scope.schema, [w for w in words if w.profile_id in locked])
        shoppers = sorted({word.profile_id for word in changed})
        if shoppers:
            audit.record(
                "consents imported", f"import:{source}", actor, choices=len(changed), shoppers=len(shoppers)
            )
            _outdate(cursor, scope, shoppers)
    return len(changed)


@contextmanager
def _working(scope: Scope) -> Iterator[Cursor]:
    """A cursor in a transaction that ends within tenants.due.LONGEST_TRANSACTION, unless it is part of a longer one."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), tenant_connection(scope.schema):
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            if outermost:
                cursor.execute("SET LOCAL transaction_timeout = '10s'")
            yield cursor


def _lock(cursor: Cursor, schema: str, profile_ids: Iterable[int]) -> dict[int, uuid.UUID]:
    """Those that exist, with their pseudonyms; in the order of their ids, as workers lock them."""
    rows = cursor.execute(
        f"""SELECT id, uuid FROM "{schema}".profiles_profile WHERE id = ANY(%b::bigint[]) ORDER BY id FOR UPDATE""",
        [list(profile_ids)],
    )
    return dict(rows.fetchall())


def said(choice: Choice) -> str:
    """A choice in a few words: “marketing by email granted (api)”."""
    by = f" by {choice.channel}" if choice.channel else ""
    return f"{choice.purpose}{by} {'granted' if choice.granted else 'refused'} ({choice.source})"


def _outdate(cursor: Cursor, scope: Scope, profile_ids: list[int]) -> None:
    schema = scope.schema
    project(cursor, schema, profile_ids)
    moved: dict[int, int] = dict(
        cursor.execute(
            f"""UPDATE "{schema}".profiles_profile SET version = version + 1
                WHERE id = ANY(%s::bigint[]) RETURNING id, version""",
            [profile_ids],
        ).fetchall()
    )
    told = {blind: moved[profile] for blind, profile in blinds_of(cursor, schema, profile_ids)}
    note = versions.write_note(cursor, schema, told)
    if len(profile_ids) <= _JUDGED_AT_ONCE:
        refresh(cursor, scope, profile_ids)
    else:
        judge_everybody(scope)
    if note is None:
        return
    # Should Valkey not hear it now, the next look at the tenant's events tells it.
    mark_due(cursor, scope.tenant_id, QUEUE)

    def tell() -> None:
        if versions.tell(schema, told):
            connection.ensure_connection()
            with Cursor(connection.connection) as after:
                versions.forget_note(after, schema, note)

    transaction.on_commit(tell)


def _find_or_make(cursor: Cursor, scope: Scope, named: Named) -> int:
    kind, value = named
    blind = blind_index(scope.tenant_id, kind, value)
    row = cursor.execute(
        f'SELECT profile_id FROM "{scope.schema}".profiles_identifier WHERE blind = %s', [blind]
    ).fetchone()
    if row is not None and row[0] is not None:
        return int(row[0])
    if refused(cursor, scope, [(kind, value)]):
        raise ErasedShopper("This shopper was erased; nothing about them is kept.")
    # A number of the events' own, from which the versions of the new shopper start.
    number = cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [f'"{scope.schema}".profiles_event']
    ).fetchone()
    assert number is not None  # noqa: S101  # a sequence always answers
    claimed = Claimed(number[0], dt.datetime.now(dt.UTC), TRACK, blind, "", b"", 2, 0)
    word = Occurrence(claimed, int(claimed.received_at.timestamp() * 1e6), values={blind: (kind, value)})
    if kind == "user_id":
        word.user = blind
    else:
        word.anonymous = blind
    people = resolve(cursor, scope, [word])
    draft = people.place[0]
    assert draft is not None  # noqa: S101  # the word names somebody
    cursor.execute(
        f'UPDATE "{scope.schema}".profiles_profile SET version = %s WHERE id = %s', [draft.version, draft.id]
    )
    return draft.id
