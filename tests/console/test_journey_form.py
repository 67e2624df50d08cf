"""The admin's own form is no way around what the verbs of a journey and a campaign ask."""

import pytest

from journeys.models import Campaign, Journey
from tenants.db import tenant_connection

from .conftest import pages


def rows(tenant, model):
    with tenant_connection(tenant.schema_name):
        return list(model.objects.order_by("pk").values())


@pytest.mark.parametrize("role", ["marketer", "owner"])
@pytest.mark.parametrize(
    ("page", "model", "field"), [("journey", Journey, "status"), ("running campaign", Campaign, "status")]
)
def test_posting_the_form_changes_nothing(console, filled, tenant, role, page, model, field):
    before = rows(tenant, model)
    said = {k: "" if v is None else str(v) for k, v in before[0].items()}
    answer = console(role).post(pages(filled)[page], {**said, "name": "taken", field: "archived"})
    assert answer.status_code == 403
    assert rows(tenant, model) == before


def test_the_form_is_closed_by_any_name_of_the_row(console, filled, tenant):
    before = rows(tenant, Journey)
    console("marketer").post(pages(filled)["journey"] + "?_to_field=id", {"name": "taken"})
    assert rows(tenant, Journey) == before
