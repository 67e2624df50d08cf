"""Somebody with all rights switches the triggers off and tampers: the check names the record or the seal."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from compliance.audit import chain
from compliance.audit.export import NotATrail, check_lines, lines
from compliance.audit.sealing import read_seals, seal
from compliance.audit.trail import check
from tenants import audit
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord


@pytest.fixture
def trail(tenant) -> list[int]:
    """Three seals, the last two with two records each; the ids of these four."""
    seal(tenant.schema_name, tenant.pk)
    made = []
    with tenant_connection(tenant.schema_name):
        for number in range(4):
            audit.record("rule changed", f"rule:{number}", "user:1", weight=number)
            made.append(AuditRecord.objects.latest("pk").pk)
            if number % 2:
                seal(tenant.schema_name, tenant.pk)
    return made


@pytest.fixture
def tamper(tenant):
    def run(statement: str, *parameters: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement.replace("{s}", f'"{tenant.schema_name}"'), list(parameters))
            cursor.execute("SET LOCAL session_replication_role = origin")

    return run


@pytest.fixture
def found(tenant):
    def run(**more):
        return [(p.kind, p.record or p.seal) for p in check(tenant.schema_name, tenant.pk, **more).problems]

    return run


def test_an_untouched_trail_is_intact(trail, found) -> None:
    assert found() == []


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'user:2'",
        "action = 'nothing'",
        "target = 'rule:9'",
        "details = '{}'",
        "at = at + interval '1 microsecond'",
    ],
)
def test_a_changed_record_is_named(trail, tamper, found, change) -> None:
    tamper(f"UPDATE {{s}}.workspace_auditrecord SET {change} WHERE id = %s", trail[1])
    assert found() == [("changed", trail[1])]


def test_a_removed_record_is_named(trail, tamper, found) -> None:
    tamper("DELETE FROM {s}.workspace_auditrecord WHERE id = %s", trail[2])
    assert found() == [("removed", trail[2])]


def test_a_record_inserted_past_the_triggers_is_named(trail, tamper, found) -> None:
    tamper(
        """INSERT INTO {s}.workspace_auditrecord (id, at, actor, action, target, details)
           OVERRIDING SYSTEM VALUE VALUES (999999, now(), 'user:1', 'x', 'y', '{}')"""
    )
    assert found() == [("inserted", 999999)]


def test_a_record_written_today_for_last_month_is_named(trail, tamper, found, tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO "{tenant.schema_name}".workspace_auditrecord (at, actor, action, target, details)
                VALUES (now() - interval '30 days', 'user:1', 'x', 'y', '{{}}') RETURNING id"""
        )
        made = cursor.fetchone()[0]
    seal(tenant.schema_name, tenant.pk)
    assert found() == [("backdated", made)]


def test_a_record_removed_before_it_was_sealed_is_named(trail, tamper, found, tenant) -> None:
    with tenant_connection(tenant.schema_name):
        audit.record("rule changed", "rule:1", "user:1")
        lost = AuditRecord.objects.latest("pk").pk
    tamper("DELETE FROM {s}.workspace_auditrecord WHERE id = %s", lost)
    seal(tenant.schema_name, tenant.pk)
    assert found() == [("removed", lost)]


def test_a_seal_made_to_fit_a_changed_record_is_named(trail, tamper, found, tenant) -> None:
    """The forger recomputes leaf and digest, and lacks the key."""
    tamper("UPDATE {s}.workspace_auditrecord SET actor = 'user:2' WHERE id = %s", trail[3])
    connection.ensure_connection()
    from psycopg import Cursor

    from compliance.audit.sealing import read_records

    with Cursor(connection.connection) as cursor:
        last = read_seals(cursor, tenant.schema_name)[-1]
        records = read_records(cursor, tenant.schema_name, last.record_ids)
        leaves = b"".join(chain.leaf(record) for record in records)
    digest = chain.digest(last.number, last.sealed_at, last.record_ids, leaves, last.previous)
    tamper(
        "UPDATE {s}.workspace_auditseal SET leaves = %s, digest = %s WHERE number = %s",
        leaves,
        digest,
        last.number,
    )
    assert found() == [("forged seal", last.number)]


@pytest.mark.parametrize(
    "change", ["sealed_at = now()", "previous = digest", "record_ids = '{1}'", "leaves = ''"]
)
def test_a_changed_seal_is_named(trail, tamper, found, change, tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT max(number) FROM "{tenant.schema_name}".workspace_auditseal')
        last = cursor.fetchone()[0]
    tamper(f"UPDATE {{s}}.workspace_auditseal SET {change} WHERE number = %s", last)
    assert ("broken seal", last) in found()


def test_a_seal_that_is_gone_is_named_with_its_records(trail, tamper, found, tenant) -> None:
    tamper(
        "DELETE FROM {s}.workspace_auditseal WHERE number = (SELECT max(number) - 1 FROM {s}.workspace_auditseal)"
    )
    kinds = found()
    assert {"missing seal", "inserted"} == {kind for kind, _ in kinds}
    assert {number for kind, number in kinds if kind == "inserted"} == set(trail[:2])


def test_a_trail_cut_off_is_found_by_a_head_noted_before(trail, tamper, found, tenant) -> None:
    number, digest = check(tenant.schema_name, tenant.pk).head
    assert found(head=(number, digest.hex())) == []
    tamper("DELETE FROM {s}.workspace_auditseal WHERE number = %s", number)
    tamper("DELETE FROM {s}.workspace_auditrecord WHERE id = ANY(%s)", trail[2:])
    assert found() == []
    assert found(head=(number, digest.hex())) == [("wrong head", number)]
    assert found(head=(number - 1, digest.hex())) == [("wrong head", number - 1)]


def verify(**options) -> str:
    out = StringIO()
    call_command("verify_audit", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_the_command_says_so_and_fails(trail, tamper, tenant) -> None:
    said = verify(tenant="alpha")
    assert "intact" in said
    head = said.split("Head: ")[1].strip()
    assert "intact" in verify(tenant="alpha", head=head)
    tamper("DELETE FROM {s}.workspace_auditrecord WHERE id = %s", trail[0])
    with pytest.raises(CommandError, match="not intact: 1 problem"):
        verify(tenant="alpha")


def test_the_command_knows_whom(tenant) -> None:
    assert "intact" in verify(operator=True)
    with pytest.raises(CommandError, match="There is no tenant “nobody”"):
        verify(tenant="nobody")
    with pytest.raises(CommandError, match="as this command prints it"):
        verify(tenant="alpha", head="7")


def test_an_export_is_checked_without_the_database(trail, tenant, tmp_path) -> None:
    file = tmp_path / "trail.ndjson"
    call_command("export_audit", tenant="alpha", to=file, stdout=StringIO())
    assert "intact" in verify(file=file)
    text = file.read_text()
    file.write_text(text.replace('"target":"rule:2"', '"target":"rule:3"'))
    with pytest.raises(CommandError, match="not intact"):
        verify(file=file)
    file.write_text(text)
    with pytest.raises(CommandError, match="not intact"):
        verify(file=file, key="00" * 32)
    file.write_text("{}")
    with pytest.raises(CommandError, match="not the head"):
        verify(file=file)


def test_a_line_taken_out_of_an_export_is_missed(trail, tenant) -> None:
    whole = list(lines(tenant.schema_name, tenant.pk, "alpha"))
    without = [line for line in whole if b'"target":"rule:1"' not in line]
    assert [(p.kind, p.record) for p in check_lines(without).problems] == [("removed", trail[1])]
    with pytest.raises(NotATrail, match="Line 2"):
        check_lines([whole[0], b"not json"])


def test_the_same_instant_in_another_zone_is_the_same_record(trail) -> None:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    there = at.astimezone(dt.timezone(dt.timedelta(hours=5)))
    one, other = (chain.Record(1, moment, "a", "b", "c", {"ä": 1, "a": 2}) for moment in (at, there))
    assert chain.leaf(one) == chain.leaf(other)


def test_a_seal_of_ours_that_does_not_continue_the_one_before_is_named(trail, tamper, found, tenant) -> None:
    """As after a restored backup went on by itself: every seal is signed, and two of them tell different pasts."""
    from psycopg import Cursor

    from tenants.signing import sign

    with Cursor(connection.connection) as cursor:
        last = read_seals(cursor, tenant.schema_name)[-1]
    other = bytes(reversed(last.previous))
    digest = chain.digest(last.number, last.sealed_at, last.record_ids, last.leaves, other)
    signature = sign(tenant.pk, chain.SIGNING_PURPOSE, digest)
    tamper(
        "UPDATE {s}.workspace_auditseal SET previous = %s, digest = %s, signature = %s WHERE number = %s",
        other, digest, signature, last.number,
    )  # fmt: skip
    assert found() == [("broken chain", last.number)]
