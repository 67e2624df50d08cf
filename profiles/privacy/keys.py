"""The keys that the person's fields were sealed with: gone, they make every backup of those fields unreadable."""

from __future__ import annotations

from django.db import connection, transaction

from compliance.registry import Person
from tenants import forgetting, vault


def erase(person: Person) -> int:
    """Destroy the keys, here and in the memory of every process (within two seconds)."""
    with transaction.atomic():
        destroyed = vault.destroy_person_keys(person.scope.tenant_id, _handles(person))
        forgetting.everywhere()
    forgetting.publish()
    return destroyed


def verify(person: Person) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM public.tenants_personkey WHERE tenant_id = %s AND handle = ANY(%s::bytea[])",
            [person.scope.tenant_id, _handles(person)],
        )
        return int(cursor.fetchone()[0])


def _handles(person: Person) -> list[bytes]:
    return list({*person.blinds, *person.units, *(uuid.bytes for uuid in person.uuids)})
