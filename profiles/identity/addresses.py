"""Rows of addresses of profiles that were made anew: of their traits, and of the names that they have now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from psycopg import Cursor

from compliance.names import address_in_id
from tenants import vault
from tenants.crypto import Unreadable, unseal
from tenants.scope import Scope

from ..processing.addresses import rows_of
from ..processing.drafts import Draft

Key = tuple[int, str, bytes]


def restate_addresses(cursor: Cursor, scope: Scope, drafts: Sequence[Draft]) -> None:
    """Write them anew; what was on file already keeps its date. The drafts' traits are open."""
    ids = [draft.id for draft in drafts]
    old = cursor.execute(
        f"""DELETE FROM "{scope.schema}".profiles_address WHERE profile_id = ANY(%b::bigint[])
            RETURNING profile_id, kind, blind, trusted, named, source, since""",
        [ids],
        binary=True,
    ).fetchall()
    wanted: dict[Key, tuple[bool, bool, str]] = {}
    for draft in drafts:
        for profile, kind, blind, trusted, named, source in rows_of(scope, draft):
            wanted[profile, kind, blind] = (trusted, named, source)
    owners = _named(cursor, scope, ids) if any(row[4] for row in old) else {}
    since: dict[tuple[str, bytes, bool], dt.datetime] = {}
    for profile, kind, blind, trusted, named, source, at in old:
        since[kind, blind, trusted] = min(at, since.get((kind, blind, trusted), at))
        if named:
            for owner in owners.get((kind, blind), {profile}):
                known = wanted.get((owner, kind, blind), (False, False, source))
                wanted[owner, kind, blind] = (
                    trusted or known[0],
                    True,
                    source if trusted or not known[0] else known[2],
                )
    rows = sorted(wanted.items())
    if not rows:
        return
    cursor.execute(
        f"""INSERT INTO "{scope.schema}".profiles_address (profile_id, kind, blind, trusted, named, source, since)
            SELECT profile_id, kind, blind, trusted, named, source, coalesce(since, now())
            FROM unnest(%b::bigint[], %b::text[], %b::bytea[], %b::boolean[], %b::boolean[], %b::text[],
                        %b::timestamptz[]) AS t(profile_id, kind, blind, trusted, named, source, since)""",
        [
            [key[0] for key, _ in rows],
            [key[1] for key, _ in rows],
            [key[2] for key, _ in rows],
            [said[0] for _, said in rows],
            [said[1] for _, said in rows],
            [said[2] for _, said in rows],
            [since.get((key[1], key[2], said[0])) for key, said in rows],
        ],
    )


def _named(cursor: Cursor, scope: Scope, profile_ids: Sequence[int]) -> dict[tuple[str, bytes], set[int]]:
    """Which of the profiles' names are addresses, and whose."""
    rows = cursor.execute(
        f"""SELECT profile_id, kind, blind, value_sealed FROM "{scope.schema}".profiles_identifier
            WHERE profile_id = ANY(%b::bigint[]) AND kind <> 'anonymous_id'""",
        [list(profile_ids)],
        binary=True,
    ).fetchall()
    keys = vault.existing_person_keys(scope.tenant_id, {blind for _, _, blind, _ in rows})
    found: dict[tuple[str, bytes], set[int]] = {}
    for profile, kind, blind, sealed in rows:
        try:
            value = unseal(keys[blind], sealed).decode(errors="replace") if blind in keys else ""
        except Unreadable:
            continue
        row = address_in_id(scope.tenant_id, kind, value) if value else None
        if row is not None:
            found.setdefault(row, set()).add(profile)
    return found
