"""Nobody who works through the application changes what the trail says."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from compliance.audit.sealing import seal
from tenants import audit
from tenants.db import PUBLIC, tenant_connection
from tenants.workspace.models import AuditRecord

STATEMENTS = [
    "UPDATE {t} SET actor = 'nobody'",
    "DELETE FROM {t}",
    "TRUNCATE {t}",
]


@pytest.mark.parametrize("table", ["workspace_auditrecord", "workspace_auditseal"])
@pytest.mark.parametrize("statement", STATEMENTS, ids=["update", "delete", "truncate"])
@pytest.mark.parametrize("place", ["tenant", "public", "template"])
def test_the_tables_refuse(tenant, settings, place, statement, table) -> None:
    schema = {"tenant": tenant.schema_name, "public": PUBLIC, "template": settings.TEMPLATE_SCHEMA}[place]
    if "SET actor" in statement and table.endswith("seal"):
        statement = "UPDATE {t} SET count = 0"
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(t=f'"{schema}".{table}'))


def test_the_model_refuses_too(inside) -> None:
    audit.record("key revoked", "key:1", "user:1")
    record = AuditRecord.objects.latest("pk")
    record.actor = "user:2"
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        record.save()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        record.delete()


def test_offboarding_takes_the_trail_along(committed, tenant) -> None:
    from tenants.provisioning import offboard

    with tenant_connection(tenant.schema_name):
        audit.record("key revoked", "key:1", "user:1")
    seal(tenant.schema_name, tenant.pk)
    offboard(tenant, actor="test")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f'"{tenant.schema_name}".workspace_auditrecord'])
        assert cursor.fetchone() == (None,)
