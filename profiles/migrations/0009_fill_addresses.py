"""Rows for the addresses that stand in sealed traits and identifiers already, opened 2,000 profiles at a time.

A profile that only servers and imports wrote has trusted addresses; of one that a browser wrote to as well nobody knows.
"""

import json

from django.db import migrations

from compliance.names import ADDRESS_TRAITS, address_in_id, address_row
from tenants import vault
from tenants.crypto import Unreadable, unseal

PORTION = 2_000


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM public.tenants_tenant WHERE schema_name = %s",
            [schema_editor.connection.schema_name],
        )
        row = cursor.fetchone()
        if row is None:  # the template that new tenants are copied from
            return
        after = 0
        while after is not None:
            after = _fill(cursor, row[0], after)


def _fill(cursor, tenant_id, after):
    cursor.execute(
        f"""SELECT p.id, p.uuid, p.traits_sealed, NOT EXISTS (
                SELECT 1 FROM profiles_event e WHERE e.profile_id = p.id AND e.key_kind <> 2)
            FROM profiles_profile p WHERE p.id > %s ORDER BY p.id LIMIT {PORTION}""",
        [after],
    )
    profiles = cursor.fetchall()
    if not profiles:
        return None
    cursor.execute(
        "SELECT profile_id, kind, blind, value_sealed FROM profiles_identifier WHERE profile_id = ANY(%s)",
        [[pk for pk, *_ in profiles]],
    )
    identifiers = cursor.fetchall()
    handles = {uuid.bytes for _, uuid, sealed, _ in profiles if sealed}
    keys = vault.existing_person_keys(tenant_id, handles | {bytes(blind) for _, _, blind, _ in identifiers})
    trusted = {pk: servers for pk, _, _, servers in profiles}
    rows = {}
    for pk, uuid, sealed, _ in profiles:
        text = _opened(keys.get(uuid.bytes), sealed) if sealed else None
        traits = json.loads(text) if text else {}
        for trait, kind in ADDRESS_TRAITS.items():
            found = address_row(tenant_id, kind, traits.get(trait))
            if found:
                rows[(pk, *found)] = False
    for pk, kind, blind, sealed in identifiers:
        text = _opened(keys.get(bytes(blind)), sealed)
        if not text or kind == "anonymous_id":
            continue
        found = address_in_id(tenant_id, kind, text.decode(errors="replace"))
        if found:
            rows[(pk, *found)] = True
    cursor.executemany(
        """INSERT INTO profiles_address (profile_id, kind, blind, trusted, named, source, since)
           VALUES (%s, %s, %s, %s, %s, 'before', now()) ON CONFLICT (profile_id, kind, blind) DO NOTHING""",
        [(pk, kind, blind, trusted[pk], named) for (pk, kind, blind), named in rows.items()],
    )
    return profiles[-1][0]


def _opened(key, sealed):
    try:
        return unseal(key, bytes(sealed)) if key else None
    except Unreadable:
        return None


class Migration(migrations.Migration):
    dependencies = [("profiles", "0008_addresses")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
