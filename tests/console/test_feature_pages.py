"""Features and the quality of data in the console, from events to what a marketer reads."""

import datetime as dt

import pytest
from django.utils import timezone

from profiles.models import FeatureDay, QualityCount, QualityState, Segment
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def measured(tenant, filled):
    today = timezone.now().date()
    with tenant_connection(tenant.schema_name):
        for back in range(5, -1, -1):
            moved = back == 0
            FeatureDay.objects.create(
                feature="orders_30d",
                day=today - dt.timedelta(days=back),
                shoppers=1000,
                known=1000,
                histogram={"0": 200, "1": 800} if moved else {"0": 700, "1": 300},
                kl=0.61 if moved else None,
                verdict="drift" if moved else "",
            )
        QualityCount.objects.create(
            hour=timezone.now() - dt.timedelta(minutes=5), name="order_adds_up", checked=100, failed=40
        )
        for name in ("order_adds_up", "drift:orders_30d"):
            state = "warn" if ":" in name else "fail"
            QualityState.objects.create(name=name, state=state, since=timezone.now())
    return filled


def text(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_feature_says_what_it_is_and_who_uses_it(desk, measured, tenant):
    client = desk("analyst")
    with tenant_connection(tenant.schema_name):
        Segment.objects.filter(pk=measured.segment.pk).update(
            definition={
                "type": "all",
                "of": [{"type": "feature", "feature": "orders_30d", "op": ">=", "value": 2}],
            }
        )
    listing = text(client, "/admin/features/")
    assert "Orders, 30 days" in listing
    assert "Drifts" in listing
    page = text(client, "/admin/features/orders_30d/")
    assert measured.segment.name in page
    assert "0.610" in page
    assert "Completed orders" in page or "completed orders" in page
    assert client.get("/admin/features/shoe_size/").status_code == 404
    assert "No feature is called so" in text(client, "/admin/features/?q=zzz")


def test_the_report_and_today_tell_what_fails(desk, measured):
    client = desk("analyst")
    assert "40.0 % of 100 orders fail" in text(client, "/admin/quality/")
    assert "Look whether revenue is in cents" in text(client, "/admin/quality/order_adds_up/")
    result = client.get("/admin/quality/report.json").json()
    assert result["success"] is False
    today = text(desk("owner"), "/admin/")
    assert "Orders are worth what their lines say" in today


def test_measuring_now_is_asked_of_a_worker_and_on_record(desk, measured, tenant, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    assert desk("marketer").post("/admin/features/measure/").status_code == 403
    analyst = desk("analyst")
    assert analyst.get("/admin/features/measure/").status_code == 405
    assert analyst.post("/admin/features/measure/").status_code == 302
    with tenant_connection(tenant.schema_name):
        assert AuditRecord.objects.filter(action="features measured").count() == 1


def test_empty(desk, filled):
    client = desk("analyst")
    assert "Nothing to judge" in text(client, "/admin/quality/")
    assert "Not measured yet" in text(client, "/admin/features/revenue_90d/")
