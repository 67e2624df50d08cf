"""Who can be reached where: rows that find a shopper by an address, and say whether a trusted source said it.

Anybody can read a browser's key, so what it says about an address is kept but not relied upon: it fills what is empty
and never replaces what a server or an import said. Rows are written with the traits, one statement a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from psycopg import Cursor

from compliance.names import ADDRESS_TRAITS, address_in_id, address_row
from tenants.scope import Scope

from ..identity.traits import BROWSER, IMPORT, SERVER
from .drafts import Draft

__all__ = ["BROWSER", "IMPORT", "SERVER", "move_addresses", "note_identifiers", "rows_of", "write_addresses"]
# profile, kind, hash, trusted, named, source
Row = tuple[int, str, bytes, bool, bool, str]


def write_addresses(cursor: Cursor, scope: Scope, drafts: Iterable[Draft]) -> None:
    """Make the rows what the traits of the drafts say now; call after `seal_traits`. No statement when none changed."""
    changed = [draft for draft in drafts if draft.addresses_changed]
    if not changed:
        return
    rows = [row for draft in changed for row in rows_of(scope, draft)]
    _upsert(cursor, scope.schema, rows, [draft.id for draft in changed])


def rows_of(scope: Scope, draft: Draft) -> list[Row]:
    """A row for each address in the draft's traits, once these are open."""
    rows: dict[tuple[int, str, bytes], Row] = {}
    for trait, word in draft.words.words().items():
        kind = ADDRESS_TRAITS.get(trait)
        row = address_row(scope.tenant_id, kind, word[0]) if kind else None
        if row is None:
            continue
        source = word[3]
        known = rows.get((draft.id, *row))
        if known is None or not known[3]:
            rows[(draft.id, *row)] = (draft.id, *row, source != BROWSER, False, source)
    return list(rows.values())


def note_identifiers(
    cursor: Cursor, scope: Scope, named: Iterable[tuple[int, str, str]], *, source: str
) -> None:
    """Rows for those of the new identifiers, (profile, kind, value), that are addresses.

    A visitor's id is none, whatever it looks like: it comes from a browser, also where a server passes it on.
    """
    rows = {}
    for profile, kind, value in named:
        row = address_in_id(scope.tenant_id, kind, value) if kind != "anonymous_id" else None
        if row is not None:
            rows[(profile, *row)] = (profile, *row, source != BROWSER, True, source)
    if rows:
        _upsert(cursor, scope.schema, list(rows.values()), [])


def move_addresses(cursor: Cursor, schema: str, moved: Sequence[tuple[int, int, bool]]) -> None:
    """Give what merged profiles had to those that remain: (gone, kept, whether a trusted source merged them).

    Where a browser said that a visitor is this shopper, the visitor's addresses are as good as a browser's word.
    """
    cursor.execute(
        f"""WITH gone AS (
                DELETE FROM "{schema}".profiles_address a
                USING unnest(%b::bigint[], %b::bigint[], %b::boolean[]) AS t(gone, kept, attach)
                WHERE a.profile_id = t.gone
                RETURNING t.kept, a.kind, a.blind, a.trusted AND t.attach AS trusted, a.named AND t.attach AS named,
                    CASE WHEN t.attach THEN a.source ELSE '{BROWSER}' END AS source, a.since
            )
            INSERT INTO "{schema}".profiles_address AS a (profile_id, kind, blind, trusted, named, source, since)
            SELECT DISTINCT ON (kept, kind, blind) kept, kind, blind, trusted,
                   bool_or(named) OVER (PARTITION BY kept, kind, blind), source, since
            FROM gone ORDER BY kept, kind, blind, trusted DESC, since
            ON CONFLICT (profile_id, kind, blind) DO UPDATE SET
                trusted = a.trusted OR excluded.trusted, named = a.named OR excluded.named,
                source = CASE WHEN a.trusted THEN a.source ELSE excluded.source END,
                since = CASE WHEN a.trusted OR NOT excluded.trusted THEN a.since ELSE excluded.since END""",
        [[gone for gone, _, _ in moved], [kept for _, kept, _ in moved], [attach for *_, attach in moved]],
    )


def _upsert(cursor: Cursor, schema: str, rows: list[Row], anew: list[int]) -> None:
    """Insert or strengthen `rows`; of the profiles in `anew`, the traits' other rows go."""
    columns = list(zip(*sorted(rows), strict=True)) or [()] * 6
    cursor.execute(
        f"""WITH said AS MATERIALIZED (
                SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bytea[], %b::boolean[], %b::boolean[], %b::text[])
                     AS t(profile_id, kind, blind, trusted, named, source)
            ), gone AS (
                DELETE FROM "{schema}".profiles_address a WHERE a.profile_id = ANY(%b::bigint[]) AND NOT a.named
                    AND NOT EXISTS (SELECT 1 FROM said s WHERE s.profile_id = a.profile_id AND s.kind = a.kind
                                    AND s.blind = a.blind)
            )
            INSERT INTO "{schema}".profiles_address AS a (profile_id, kind, blind, trusted, named, source, since)
            SELECT profile_id, kind, blind, trusted, named, source, now() FROM said
            ON CONFLICT (profile_id, kind, blind) DO UPDATE SET
                trusted = a.trusted OR excluded.trusted, named = a.named OR excluded.named,
                source = CASE WHEN a.trusted OR NOT excluded.trusted THEN a.source ELSE excluded.source END,
                since = CASE WHEN a.trusted OR NOT excluded.trusted THEN a.since ELSE excluded.since END
            WHERE (excluded.trusted AND NOT a.trusted) OR (excluded.named AND NOT a.named)""",
        [*map(list, columns), anew],
    )
