"""Every record is in exactly one seal, whenever its transaction commits, and work is found through the due table."""

from __future__ import annotations

import threading

import pytest
from django.db import close_old_connections, connection, transaction

from compliance import tasks
from compliance.audit.sealing import OPERATOR, seal
from compliance.audit.trail import check
from tenants import audit, due
from tenants.db import PUBLIC, tenant_connection
from tenants.workspace.models import AuditRecord, AuditSeal, AuditUnsealed


def write(schema: str, count: int = 1, actor: str = "user:1") -> None:
    with tenant_connection(schema):
        for _ in range(count):
            audit.record("rule changed", "rule:1", actor, weight=2.5)


def sealed(schema: str) -> list[list[int]]:
    with tenant_connection(schema):
        return [seal.record_ids for seal in AuditSeal.objects.all()]


@pytest.fixture
def schema(tenant) -> str:
    seal(tenant.schema_name, tenant.pk)
    return tenant.schema_name


def test_a_seal_holds_what_was_written_since_the_last(tenant, schema) -> None:
    before = len(sealed(schema))
    write(schema, 3)
    assert seal(schema, tenant.pk) == 3
    assert seal(schema, tenant.pk) == 0
    assert [len(ids) for ids in sealed(schema)[before:]] == [3]
    assert check(schema, tenant.pk).intact


def test_many_records_become_several_seals(tenant, schema) -> None:
    before = len(sealed(schema))
    write(schema, 7)
    assert seal(schema, tenant.pk, most=3) == 7
    assert [len(ids) for ids in sealed(schema)[before:]] == [3, 3, 1]
    assert check(schema, tenant.pk).intact


def test_the_operators_trail_is_sealed_too(tenant) -> None:
    write(PUBLIC)
    tasks.sweep_audit()
    with tenant_connection(PUBLIC):
        assert not AuditUnsealed.objects.exists()
    assert check(PUBLIC, OPERATOR).intact


def test_a_record_that_commits_late_falls_into_the_next_seal(committed, tenant, schema) -> None:
    """Its id is smaller than one that was sealed before it was visible."""
    begun, may_commit = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            write(schema, actor="late")
            begun.set()
            may_commit.wait(20)
        connection.close()

    thread = threading.Thread(target=late)
    thread.start()
    assert begun.wait(20)
    write(schema, actor="early")
    seal(schema, tenant.pk)
    may_commit.set()
    thread.join()
    assert check(schema, tenant.pk).waiting == 1
    assert seal(schema, tenant.pk) == 1
    with tenant_connection(schema):
        late_id, early_id = (AuditRecord.objects.get(actor=a).pk for a in ("late", "early"))
    assert late_id < early_id
    *_, first, second = sealed(schema)
    assert early_id in first
    assert second == [late_id]
    assert check(schema, tenant.pk).intact


def test_writers_and_sealers_at_once_leave_nothing_out(committed, tenant, schema) -> None:
    def writer(number: int) -> None:
        close_old_connections()
        for _ in range(15):
            with transaction.atomic():
                write(schema, actor=f"writer {number}")
        connection.close()

    def sealer() -> None:
        while not done.is_set():
            seal(schema, tenant.pk, most=4)
        connection.close()

    done = threading.Event()
    writers = [threading.Thread(target=writer, args=(n,)) for n in range(4)]
    sealers = [threading.Thread(target=sealer) for _ in range(2)]
    for thread in writers + sealers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in sealers:
        thread.join()
    seal(schema, tenant.pk)
    held = [record for ids in sealed(schema) for record in ids]
    assert len(held) == len(set(held)) == check(schema, tenant.pk).records
    with tenant_connection(schema):
        assert set(held) == set(AuditRecord.objects.values_list("pk", flat=True))
    assert check(schema, tenant.pk).intact


def test_two_transactions_that_audit_do_not_wait_for_each_other(committed, tenant, schema) -> None:
    def apart() -> None:
        write(schema)
        connection.close()

    with transaction.atomic():
        write(schema)
        other = threading.Thread(target=apart)
        other.start()
        other.join(10)
        assert not other.is_alive()


def test_the_due_table_says_whose_records_wait(tenant, schema, monkeypatch) -> None:
    write(schema)
    started = []
    monkeypatch.setattr(tasks.seal_audit, "apply_async", lambda args, **_: started.append(args))
    tasks.sweep_audit()
    assert started == []  # not before the minute is over
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.tenants_due SET at = at - interval '2 minutes' WHERE queue = 'audit'")
    tasks.sweep_audit()
    assert (schema,) in started
    assert tasks.seal_audit.run(schema) == 1
    assert (tenant.pk, schema) not in due.due_tenants(tasks.AUDIT_QUEUE)


def test_a_rivals_records_are_in_the_rivals_seals(tenant, rival, schema) -> None:
    seal(rival.schema_name, rival.pk)
    before = len(sealed(rival.schema_name))
    write(schema)
    seal(schema, tenant.pk)
    assert seal(rival.schema_name, rival.pk) == 0
    assert len(sealed(rival.schema_name)) == before
    assert not check(schema, rival.pk).intact  # another tenant's key
