"""Events are held against what is expected of them as they are processed; the report says what fails, with examples."""

import datetime as dt

import pytest
from django.utils import timezone

from catalog.models import Item
from profiles.models import FeatureDay, QualityCount, QualityExample, QualityState
from profiles.quality import watch
from profiles.quality.expectations import EVENTS, EXPECTATIONS
from profiles.quality.report import document, report
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

from ...profiles.conftest import ago, event

pytestmark = pytest.mark.usefixtures("committed")


def order(number, **properties):
    line = {"product_id": "i1", "price": 4.0, "quantity": 2}
    given = {"order_id": f"o{number}", "products": [line], "revenue": 8.0, "currency": "USD", **properties}
    return event(event="Order Completed", userId="u1", properties=given)


def judged(now=None):
    return {one.name: one for one in report(now or timezone.now())}


@pytest.fixture
def catalogue(scope):
    with tenant_connection(scope.schema):
        Item.objects.create(external_id="i1", title="Milk", price=4)


def test_good_orders_pass_everything(send, process, scope, catalogue):
    send(*(order(n) for n in range(30)))
    process()
    with tenant_connection(scope.schema):
        found = judged()
        assert {found[one.name].state for one in EXPECTATIONS} == {"pass"}
        assert document(list(found.values()), timezone.now())["success"] is True
        assert not QualityExample.objects.exists()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("order_named", {"order_id": None}),
        ("order_adds_up", {"revenue": 800}),
        ("order_currency", {"currency": "EUR"}),
        ("price_given", {"products": [{"product_id": "i1", "quantity": 1}]}),
        ("quantity_sane", {"products": [{"product_id": "i1", "price": 0.01, "quantity": 5000}]}),
        ("item_known", {"products": [{"product_id": "who", "price": 8}]}),
        ("item_named", {"products": [{"price": 8}]}),
    ],
)
def test_what_is_wrong_is_found(send, process, scope, catalogue, name, wrong):
    send(*(order(n) for n in range(14)), *(order(100 + n, **wrong) for n in range(16)))
    process()
    with tenant_connection(scope.schema):
        found = judged()[name]
        assert (found.state, found.failed, found.checked) == ("fail", 16, 30)
        assert QualityExample.objects.filter(name=name).count() == 1
        result = next(
            r
            for r in document([found], timezone.now())["results"]
            if r["expectation_config"]["meta"]["name"] == name
        )
        assert result["result"]["unexpected_count"] == 16


def test_late_events_and_too_few(send, process, scope):
    send(*(event("page", userId="u1", timestamp=ago(hours=30)) for _ in range(19)))
    process()
    with tenant_connection(scope.schema):
        assert judged()["on_time"].state == "none"
    send(event("page", userId="u1"))
    process()
    with tenant_connection(scope.schema):
        assert judged()["on_time"].state == "fail"


def test_the_usual_volume_of_the_hour(scope):
    now = dt.datetime(2026, 5, 14, 10, 20, tzinfo=dt.UTC)
    with tenant_connection(scope.schema):
        for week in range(1, 5):
            hour = dt.datetime(2026, 5, 14, 9, tzinfo=dt.UTC) - dt.timedelta(weeks=week)
            QualityCount.objects.create(hour=hour, name=EVENTS, checked=1000, failed=0)
        assert judged(now)["volume"].state == "fail"
        last = QualityCount.objects.create(
            hour=now.replace(hour=9, minute=0), name=EVENTS, checked=900, failed=0
        )
        assert judged(now)["volume"].state == "pass"
        QualityCount.objects.filter(pk=last.pk).update(checked=200)
        assert judged(now)["volume"].state == "warn"


def test_silence_where_events_usually_come(scope):
    now = dt.datetime(2026, 5, 14, 10, 20, tzinfo=dt.UTC)
    with tenant_connection(scope.schema):
        for back in range(8, 168):
            hour = now.replace(minute=0) - dt.timedelta(hours=back)
            QualityCount.objects.create(hour=hour, name=EVENTS, checked=5, failed=0)
        assert judged(now)["fresh"].state == "fail"
        QualityCount.objects.create(hour=now.replace(minute=0), name=EVENTS, checked=5, failed=0)
        assert judged(now)["fresh"].state == "pass"


def test_a_change_is_told_once_and_counts_are_added_up(send, process, scope, catalogue):
    now = timezone.now()
    for start in (0, 20):
        send(*(order(n, revenue=800) for n in range(start, start + 20)))
        process()
    with tenant_connection(scope.schema):
        watch.check(scope, now)
        watch.check(scope, now)
        told = AuditRecord.objects.filter(action="data quality changed", target="expectation:order_adds_up")
        assert [record.details["state"] for record in told] == ["fail"]
        assert "Orders are worth what their lines say" in [one.label for one in watch.troubles()]
        later = now + dt.timedelta(hours=3)
        before = QualityCount.objects.filter(name="order_adds_up").count()
        watch.fold(scope.schema, later)
        watch.fold(scope.schema, later)
        rows = QualityCount.objects.filter(name="order_adds_up")
        assert (before > 1, rows.count()) == (True, 1)
        assert (rows.get().checked, rows.get().failed) == (40, 40)
        assert QualityState.objects.get(name="order_adds_up").since == now


def test_another_tenant_knows_nothing_of_it(send, process, scope, rival, catalogue):
    send(*(order(n, revenue=800) for n in range(20)))
    process()
    with tenant_connection(rival.schema_name):
        assert not QualityCount.objects.exists()
        assert {one.state for one in report(timezone.now())} == {"none"}


def measured(feature, back, known, histogram=None):
    day = (timezone.now() - dt.timedelta(days=back)).date()
    FeatureDay.objects.create(feature=feature, day=day, shoppers=100, known=known, histogram=histogram or {})


def test_a_feature_that_is_known_of_fewer(scope):
    with tenant_connection(scope.schema):
        for name in ("gender", "category", "channel", "price_tier", "device_type", "time_of_day"):
            for back in range(3, -1, -1):
                measured(name, back, 90 if back or name != "gender" else 60)
        found = judged()["features_filled"]
        assert (found.state, found.checked, found.failed) == ("warn", 6, 1)
        assert "Gender" in found.said


def test_ages_that_nobody_has(scope):
    with tenant_connection(scope.schema):
        measured("age", 0, 100, {"30–39": 80, "35-44": 5, "120–129": 15})
        assert (judged()["ages_likely"].state, judged()["ages_likely"].failed) == ("fail", 15)
        FeatureDay.objects.all().delete()
        measured("age", 0, 100, {"30–39": 95, "65+": 5})
        assert judged()["ages_likely"].state == "pass"


def test_one_order_is_not_one_orders(send, process, scope, catalogue):
    send(order(1))
    process()
    with tenant_connection(scope.schema):
        found = judged()
    assert found["order_adds_up"].said == "Only 1 order in 24 hours: too few to tell"
    assert found["order_currency"].said == "None of 1 order fails"
