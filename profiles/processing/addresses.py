"""Who can be reached where: rows that find a shopper by an address, and say whether a trusted source said it.

Anybody can read a browser's key, so what it says about an address is kept but not relied upon: it fills what is empty
and never replaces what a server or an import said. Rows are written with the traits, one statement a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Cursor

from compliance.names import ADDRESS_TRAITS, address_in_id, address_row
from tenants.scope import Scope

from .decode import Occurrence
from .drafts import Draft

SERVER, IMPORT, BROWSER = "server", "import", "browser"
# profile, kind, hash, trusted, named, source
Row = tuple[int, str, bytes, bool, bool, str]


def vouch(cursor: Cursor, scope: Scope, events: Sequence[Occurrence], place: Sequence[Draft | None]) -> None:
    """Tell the drafts which addresses a trusted source said, those that may lose one. One query; mostly none."""
    asked = {
        draft.id: draft
        for event, draft in zip(events, place, strict=True)
        if draft is not None
        and (draft.inherited or ((event.doubtful or not event.trusted) and _says_address(event)))
    }
    if not asked:
        return
    rows = cursor.execute(
        f"""SELECT profile_id, kind, blind FROM "{scope.schema}".profiles_address
            WHERE trusted AND profile_id = ANY(%b::bigint[])""",
        [list(asked)],
        binary=True,
    ).fetchall()
    for profile, kind, blind in rows:
        asked[profile].vouched.add((kind, bytes(blind)))


def _says_address(event: Occurrence) -> bool:
    said = event.context.get("traits")
    return any(
        trait in ADDRESS_TRAITS for trait in (*event.traits, *(said if isinstance(said, dict) else ()))
    )


def believed(draft: Draft, said: dict[str, Any], source: str) -> dict[str, Any]:
    """What of `said` the draft takes: no address from a browser where a trusted one of that kind is on file."""
    addresses = [trait for trait in said if trait in ADDRESS_TRAITS]
    if not addresses:
        return said
    if source == BROWSER:
        held = {kind for kind, _ in draft.vouched} | {
            ADDRESS_TRAITS[trait] for trait, by in draft.addressed.items() if by != BROWSER
        }
        refused = {trait for trait in addresses if ADDRESS_TRAITS[trait] in held}
        said = {trait: value for trait, value in said.items() if trait not in refused}
    draft.addressed.update({trait: source for trait in addresses if trait in said})
    return said


def write_addresses(cursor: Cursor, scope: Scope, drafts: Iterable[Draft]) -> None:
    """Make the rows what the traits of the drafts say now; call after `seal_traits`. No statement when none changed."""
    changed = [draft for draft in drafts if draft.addressed or draft.inherited]
    if not changed:
        return
    rows: dict[tuple[int, str, bytes], Row] = {}
    for draft in changed:
        for trait, kind in ADDRESS_TRAITS.items():
            row = address_row(scope.tenant_id, kind, draft.traits.get(trait))
            if row is None:
                continue
            # Not said in this batch: whatever is on record about it stands.
            source = draft.addressed.get(trait, BROWSER)
            known = rows.get((draft.id, *row))
            if known is None or not known[3]:
                rows[(draft.id, *row)] = (draft.id, *row, source != BROWSER, False, source)
    _upsert(cursor, scope.schema, list(rows.values()), [draft.id for draft in changed])


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
