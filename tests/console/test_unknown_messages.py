"""A message of which nobody knows whether it arrived is decided by a person."""

from __future__ import annotations

import pytest

from journeys.models import Message
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

from .conftest import pages


def state(tenant):
    with tenant_connection(tenant.schema_name):
        return Message.objects.get(key__startswith="journey:").state


@pytest.mark.parametrize(
    ("verb", "becomes"), [("arrived", "delivered"), ("lost", "failed"), ("again", "queued")]
)
def test_it_is_settled_once(console, filled, tenant, verb, becomes):
    marketer = console("marketer")
    address = f"/admin/journeys/message/{filled.message.pk}/{verb}/"
    marketer.post(address)
    assert state(tenant) == becomes
    answer = marketer.post(address, follow=True)
    assert "there is nothing to decide" in answer.content.decode()
    with tenant_connection(tenant.schema_name):
        assert AuditRecord.objects.filter(target=f"message:{filled.message.pk}").count() == 1


@pytest.mark.parametrize("verb", ["arrived", "lost", "again"])
def test_an_analyst_settles_nothing(console, filled, tenant, verb):
    analyst = console("analyst")
    assert analyst.post(f"/admin/journeys/message/{filled.message.pk}/{verb}/").status_code == 403
    assert state(tenant) == "unknown"
    assert "It arrived" not in analyst.get(pages(filled)["message"]).content.decode()


def test_the_page_offers_what_to_do(console, filled):
    page = console("marketer").get(pages(filled)["message"]).content.decode()
    assert "It arrived" in page
    assert "Send again" in page
