"""A letter that asks to confirm a privacy request acts for the shopper: only who may see requests reads it in the inbox."""

from __future__ import annotations

import orjson
import pytest

from journeys.models import InboxMessage
from tenants import vault
from tenants.crypto import seal
from tenants.db import tenant_connection

LINK = "https://alpha.localhost/privacy/verify/abc"


@pytest.fixture
def letter(filled, tenant):
    with tenant_connection(tenant.schema_name):
        row = filled.inbox_letter
        unit = bytes(row.unit)
        key = vault.existing_person_keys(tenant.pk, [unit])[unit]
        content = {"to": "jo@example.com", "subject": "Was it you?", "text": f"Yes, it was me: {LINK}"}
        InboxMessage.objects.filter(pk=row.pk).update(content=seal(key, orjson.dumps(content)))
        return row.pk


@pytest.mark.parametrize(("role", "reads"), [("owner", True), ("marketer", False)])
def test_who_reads_it(console, letter, role, reads) -> None:
    staff = console(role)
    for address in ("/admin/journeys/inboxmessage/", f"/admin/journeys/inboxmessage/?letter={letter}"):
        page = staff.get(address, follow=True).content.decode()
        assert "/privacy/verify/" not in page or reads
    assert ("Was it you?" in staff.get("/admin/journeys/inboxmessage/").content.decode()) is reads
