"""Further identifiers of many known shoppers at once, such as the e-mail addresses of a customer file."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection, transaction
from psycopg import Cursor

from compliance.suppression import refused
from tenants import vault
from tenants.crypto import blind_index, seal
from tenants.db import tenant_connection
from tenants.scope import Scope

from ..processing.addresses import IMPORT, note_identifiers
from .shoppers import portions


def attach_identifiers(scope: Scope, kind: str, values: Mapping[int, str]) -> int:
    """Give profiles (by id) an identifier of `kind`; how many got one.

    A value that already names somebody is left with them, an erased person's is left out; profiles that don't exist are left out. Running it twice
    changes nothing.
    """
    made = 0
    with tenant_connection(scope.schema):
        for portion in portions(sorted(values)):
            blind_of = {blind_index(scope.tenant_id, kind, values[p]): p for p in portion}
            with transaction.atomic(), Cursor(connection.connection) as cursor:
                made += _attach(cursor, scope, kind, blind_of, values)
    return made


def _attach(
    cursor: Cursor, scope: Scope, kind: str, blind_of: dict[bytes, int], values: Mapping[int, str]
) -> int:
    erased = {value for _, value in refused(cursor, scope, ((kind, values[p]) for p in blind_of.values()))}
    blinds = sorted(blind for blind, profile in blind_of.items() if values[profile] not in erased)
    keys = vault.person_keys(scope.tenant_id, blinds)
    cursor.execute(
        f"""INSERT INTO "{scope.schema}".profiles_identifier (profile_id, kind, blind, value_sealed, created_at)
            SELECT t.profile_id, %b, t.blind, t.sealed, now()
            FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[]) AS t(profile_id, blind, sealed)
            WHERE EXISTS (SELECT 1 FROM "{scope.schema}".profiles_profile p WHERE p.id = t.profile_id)
            ORDER BY t.blind ON CONFLICT (blind) DO NOTHING RETURNING profile_id""",
        [
            kind,
            [blind_of[b] for b in blinds],
            blinds,
            [seal(keys[b], values[blind_of[b]].encode()) for b in blinds],
        ],
    )
    made = [row[0] for row in cursor.fetchall()]
    # Whoever writes addresses holds their profiles, in the order of their ids.
    cursor.execute(
        f'SELECT 1 FROM "{scope.schema}".profiles_profile WHERE id = ANY(%s) ORDER BY id FOR UPDATE', [made]
    )
    note_identifiers(cursor, scope, ((p, kind, values[p]) for p in made), source=IMPORT)
    _link(cursor, scope.schema, kind, [(p, b) for b, p in blind_of.items() if p in set(made)])
    return len(made)


def _link(cursor: Cursor, schema: str, kind: str, made: list[tuple[int, bytes]]) -> None:
    """The import said that these names are the profiles': what is said later is weighed against that."""
    cursor.execute(
        f"""INSERT INTO "{schema}".profiles_link (a, b, at, key, by_user, how, refused)
            SELECT least(i.blind, t.blind), greatest(i.blind, t.blind), (extract(epoch FROM now()) * 1000000)::bigint,
                   ''::bytea, 'user_id' IN (i.kind, %b), 'import', ''
            FROM unnest(%b::bigint[], %b::bytea[]) AS t(profile_id, blind)
            JOIN LATERAL (SELECT blind, kind FROM "{schema}".profiles_identifier
                          WHERE profile_id = t.profile_id AND blind <> t.blind
                          ORDER BY kind <> 'user_id', id LIMIT 1) AS i ON true
            ON CONFLICT (a, b) DO NOTHING""",
        [kind, [profile for profile, _ in made], [blind for _, blind in made]],
    )
