"""The audit page: what is sealed, a check at the press of a button, an export."""

from __future__ import annotations

import re

import orjson
import pytest
from django.db import connection

from compliance.admin import audit as page
from compliance.audit.export import check_lines
from compliance.audit.sealing import OPERATOR, seal
from tenants import audit
from tenants.db import PUBLIC, tenant_connection
from tenants.keys import create_key
from tenants.workspace.models import AuditRecord

LIST = "/admin/workspace/auditrecord/"
VERIFY = "/admin/audit/verify/"


@pytest.fixture
def trail(tenant) -> list[int]:
    with tenant_connection(tenant.schema_name):
        for number in range(6):
            audit.record("rule changed", f"rule:{number}", "user:1")
        seal(tenant.schema_name, tenant.pk, most=2)
        audit.record("rule deleted", "rule:1", "user:1")
        return list(AuditRecord.objects.order_by("pk").values_list("pk", flat=True))


def test_the_list_says_what_is_sealed(console, trail) -> None:
    text = console("owner").get(LIST).content.decode()
    assert "Last seal: number" in text
    assert "waits for the next one" in text or "wait for the next one" in text
    assert "Verify the trail" in text


def test_the_list_names_the_key_and_counts_in_words(console, trail, tenant, rival) -> None:
    mine = create_key(tenant=tenant, kind="secret", name="Consent platform")[0]
    theirs = create_key(tenant=rival, kind="secret", name="Of the rival")[0]
    with tenant_connection(tenant.schema_name):
        audit.record("rule changed", "rule:9", f"key:{mine.pk}")
        audit.record("rule changed", "rule:9", f"key:{theirs.pk}")
    text = console("owner").get(LIST).content.decode()
    assert "API key “Consent platform”" in text
    assert f"API key {theirs.pk}" in text
    assert "Of the rival" not in text
    assert re.search(r"\d+ audit records", text)


def test_an_intact_trail(console, trail) -> None:
    answer = console("compliance officer").post(VERIFY).content.decode()
    assert "The trail is intact." in answer
    assert "Fingerprint" in answer


def test_a_tampered_trail_names_the_record(console, trail, tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"""UPDATE "{tenant.schema_name}".workspace_auditrecord SET actor = 'user:9' WHERE id = %s""",
            [trail[1]],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    answer = console("owner").post(VERIFY).content.decode()
    assert "not intact: 1 problem." in answer
    assert f"Record {trail[1]} was changed." in answer


def test_a_long_trail_is_checked_in_steps(console, trail, monkeypatch) -> None:
    monkeypatch.setattr(page, "STEP_SECONDS", 0)
    monkeypatch.setattr("compliance.audit.trail.SEALS_AT_ONCE", 1)
    owner = console("owner")
    answer, steps = owner.post(VERIFY), 1
    while 'name="on"' in answer.content.decode():
        answer, steps = owner.post(VERIFY, {"on": 1}), steps + 1
        assert steps < 30
    assert steps >= 3
    assert "The trail is intact." in answer.content.decode()


def test_an_export_can_be_checked_elsewhere(console, trail) -> None:
    answer = console("owner").get("/admin/audit/export/")
    assert "attune-audit-alpha" in answer["Content-Disposition"]
    exported = b"".join(answer.streaming_content).splitlines()
    assert check_lines(exported).intact
    assert {orjson.loads(line).get("id") for line in exported} >= set(trail)


@pytest.mark.parametrize("role", ["marketer", "analyst", "developer"])
def test_others_may_neither_verify_nor_export(console, trail, role) -> None:
    browser = console(role)
    assert browser.post(VERIFY).status_code == 403
    assert browser.get("/admin/audit/export/").status_code == 403


def test_looking_at_the_address_starts_nothing(console, trail) -> None:
    assert console("owner").get(VERIFY).status_code == 405


def test_the_operators_have_a_trail_of_their_own(tenant, client) -> None:
    from tenants.workspace.models import User

    with tenant_connection(PUBLIC):
        audit.record("tenant suspended", "tenant:1", "system")
        seal(PUBLIC, OPERATOR)
        operator = User.objects.create_superuser("op", "op@attune.example", "x")
    client.force_login(operator, "django.contrib.auth.backends.ModelBackend")
    assert "Last seal" in client.get(LIST, headers={"host": "localhost"}).content.decode()
    answer = client.post(VERIFY, headers={"host": "localhost"}).content.decode()
    assert "The trail is intact." in answer
