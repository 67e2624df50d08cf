"""Features and the quality of data in a real browser: from the list to what one is about, on a desk and a telephone."""

import datetime as dt

import pytest
from django.utils import timezone

from profiles.models import FeatureDay, QualityCount, QualityState
from profiles.quality.expectations import EVENTS
from tenants.db import tenant_connection

from .test_browser import DESK, PHONE, browser, open_page, sign_in, site  # noqa: F401  # fixtures

pytestmark = pytest.mark.browser


def some_days(schema: str) -> None:
    now = timezone.now()
    with tenant_connection(schema):
        for back in range(28, -1, -1):
            few = {"0": 700, "1": 200, "2": 80, "3": 20}
            many = {"0": 200, "1": 300, "2": 350, "3": 150}
            day = (now - dt.timedelta(days=back)).date()
            FeatureDay.objects.create(
                feature="orders_30d",
                day=day,
                shoppers=1000,
                known=1000,
                histogram=many if back < 3 else few,
                kl=0.9 if back < 3 else 0.01 + back / 2000,
                verdict="drift" if back < 3 else "steady",
            )
            for name, checked, failed in ((EVENTS, 2400, 0), ("order_adds_up", 120, 70 if back < 2 else 1)):
                hour = now - dt.timedelta(days=back, minutes=10)
                QualityCount.objects.create(hour=hour, name=name, checked=checked, failed=failed)
        QualityState.objects.create(name="order_adds_up", state="fail", since=now)
        QualityState.objects.create(name="drift:orders_30d", state="warn", since=now)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "telephone"])
def test_from_today_to_the_bottom_of_it(browser, site, tenant, size, tmp_path):  # noqa: F811
    some_days(tenant.schema_name)
    context, page = open_page(browser, site, size, "light")
    sign_in(page, site)
    page.goto(f"{site.url}/admin/")
    page.get_by_role("link", name="Data quality").last.click()
    page.get_by_role("link", name="Orders are worth what their lines say").click()
    assert page.get_by_text("Look whether revenue is in cents").is_visible()
    page.screenshot(path=tmp_path / "expectation.png", full_page=True)
    page.go_back()
    page.screenshot(path=tmp_path / "quality.png", full_page=True)
    page.get_by_role("link", name="Orders, 30 days").click()
    assert page.get_by_text("Shoppers by value").is_visible()
    assert page.get_by_text("Drifts").first.is_visible()
    page.screenshot(path=tmp_path / "feature.png", full_page=True)
    page.goto(f"{site.url}/admin/features/")
    page.get_by_label("Find a feature").fill("revenue")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=revenue*")
    assert page.get_by_role("link", name="Revenue, 90 days").is_visible()
    assert page.get_by_role("link", name="Gender").count() == 0
    page.screenshot(path=tmp_path / "features.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
