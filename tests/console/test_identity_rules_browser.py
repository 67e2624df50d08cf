"""Identity rules in a real browser: looked at while they are written, applied, followed to the end, taken back."""

import orjson
import pytest
from django.test import Client

from profiles.identity import applying
from profiles.processing.batches import run_once
from tenants import keyring
from tenants.db import tenant_connection
from tenants.keys import create_key
from tests.profiles.conftest import event, viewed

from .test_browser import DESK, PHONE, browser, findings, open_page, sign_in, site  # noqa: F401  # fixtures

pytestmark = pytest.mark.browser


def walk_ins(tenant):
    key = create_key(tenant=tenant, kind="secret", name="till")[1]
    batch = [viewed(anonymousId=f"v{n}") for n in range(3)]
    batch += [event("identify", anonymousId=f"v{n}", traits={"email": "till@shop.example"}) for n in range(3)]
    batch.append(
        event(
            "track",
            userId="u1",
            context={"externalIds": [{"id": "c-7", "type": "crm_id", "encoding": "none"}]},
        )
    )
    body = orjson.dumps({"batch": batch})
    answer = Client(headers={"authorization": f"Bearer {key}"}).post(
        "/v1/batch", body, content_type="application/json"
    )
    assert answer.status_code == 200
    with tenant_connection(tenant.schema_name):
        while run_once(keyring.scope_of_tenant(tenant)):
            pass


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "telephone"])
def test_rules_are_changed_and_taken_back(browser, site, tenant, size, theme, tmp_path):  # noqa: F811
    walk_ins(tenant)
    context, page = open_page(browser, site, size, theme)
    sign_in(page, site)
    page.goto(f"{site.url}/admin/identity-rules/")
    page.screenshot(path=tmp_path / "rules.png", full_page=True)
    found = {"before": findings(page)}
    page.get_by_label("These too").fill("till@shop.example")
    page.get_by_text("separate 2 shoppers from others").wait_for()
    page.screenshot(path=tmp_path / "going.png", full_page=True)
    found["going"] = findings(page)
    page.get_by_role("button", name="Apply").press("Enter")
    page.get_by_role("progressbar").wait_for()
    page.screenshot(path=tmp_path / "progress.png", full_page=True)
    found["progress"] = findings(page)
    with tenant_connection(tenant.schema_name):
        while applying.run_turn(keyring.scope_of_tenant(tenant)):
            pass
    page.get_by_text("All shoppers follow it.").wait_for()
    page.get_by_role("link", name="Look at them").first.click()
    page.get_by_text("profiles part of others").wait_for()
    page.screenshot(path=tmp_path / "back.png", full_page=True)
    found["back"] = findings(page)
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("Version 2 holds").wait_for()
    assert not {where: what for where, what in found.items() if what}
    context.close()
