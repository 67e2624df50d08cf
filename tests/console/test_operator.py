"""The operator's console: a tenant's life from creation to offboarding."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from tenants.db import PUBLIC, use_schema
from tenants.models import Plan, Tenant
from tenants.workspace.models import User

from .conftest import PASSWORD

LIST = "/admin/tenants/tenant/"


@pytest.fixture
def operator(tenant: Tenant) -> Iterator[Client]:
    user = User.objects.create_superuser("op", "op@attune.example", PASSWORD)
    browser = Client(headers={"host": "localhost"})
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    yield browser
    use_schema(PUBLIC)
    # Not delete(): it would look for what refers to the user in tables that only tenants have.
    User.objects.filter(pk=user.pk)._raw_delete("default")


def test_every_page_opens(operator, tenant):
    pages = ["/admin/", LIST, f"{LIST}{tenant.pk}/change/", f"{LIST}add/", f"{LIST}{tenant.pk}/offboard/",
             "/admin/tenants/plan/", "/admin/tenants/apikey/", "/admin/workspace/user/",
             "/admin/workspace/auditrecord/"]  # fmt: skip
    assert {page: operator.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


def test_a_tenant_is_made_with_a_host_of_its_own(operator):
    plan = Plan.objects.get(name="Standard")
    form = {"name": "Gamma", "slug": "gamma", "host": "gamma.localhost", "plan": plan.pk, "region": "eu"}
    assert operator.post(f"{LIST}add/", form).status_code == 302
    tenant = Tenant.objects.get(slug="gamma")
    assert [domain.domain for domain in tenant.domains.all()] == ["gamma.localhost"]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("slug", "alpha", "a tenant with this short name"),
        ("host", "alpha.localhost", "Another tenant answers"),
        ("host", "not a host", "not a host name"),
    ],
)
def test_a_name_or_host_that_is_taken_or_wrong_is_refused(operator, field, value, complaint):
    plan = Plan.objects.get(name="Standard")
    form = {"name": "Gamma", "slug": "gamma", "host": "gamma.localhost", "plan": plan.pk, "region": "eu"}
    answer = operator.post(f"{LIST}add/", {**form, field: value})
    assert complaint in answer.content.decode()


def test_suspending_and_resuming(operator, tenant):
    operator.post(f"{LIST}{tenant.pk}/suspend/")
    assert Tenant.objects.get(pk=tenant.pk).status == "suspended"
    operator.post(f"{LIST}{tenant.pk}/resume/")
    assert Tenant.objects.get(pk=tenant.pk).status == "active"
    assert operator.get(f"{LIST}{tenant.pk}/suspend/").status_code == 405


def test_offboarding_shows_what_goes_and_wants_the_name_typed(committed, operator, tenant, filled):
    address = f"{LIST}{tenant.pk}/offboard/"
    rows = dict(operator.get(address).context["rows"])
    assert rows["Catalog · item"] == 3
    assert "Nothing was deleted" in operator.post(address, {"confirm": "beta"}).content.decode()
    assert Tenant.objects.filter(pk=tenant.pk).exists()
    assert operator.post(address, {"confirm": "alpha"}).status_code == 302
    assert not Tenant.objects.filter(pk=tenant.pk).exists()


def test_an_operator_does_not_reach_a_tenants_pages(operator):
    answer = operator.get("/admin/catalog/item/")
    assert answer.status_code == 404
