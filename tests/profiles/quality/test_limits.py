"""What is expected can be changed: limits of one's own, off, and back; judged by at once, and on record."""

import pytest
from django.utils import timezone

from catalog.models import Item
from profiles.models import ExpectationLimit
from profiles.quality import watch
from profiles.quality.limits import BadLimit, reset_limits, set_limits
from profiles.quality.report import report
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

from .test_expectations import order

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def orders(send, process, scope):
    """Thirty orders, six of them worth something else than their lines."""
    with tenant_connection(scope.schema):
        Item.objects.create(external_id="i1", title="Milk", price=4)
    send(*(order(n) for n in range(24)), *(order(100 + n, revenue=800) for n in range(6)))
    process()


def state(*, off=False):
    found = {one.name: one.state for one in report(timezone.now(), off=off)}
    return found.get("order_adds_up")


def test_limits_of_ones_own(orders, scope):
    with tenant_connection(scope.schema):
        assert state() == "warn"
        set_limits("order_adds_up", "5", "10 %", off=False, actor="user:1")
        assert state() == "fail"
        set_limits("order_adds_up", "40", "50,5", off=False, actor="user:1")
        assert (state(), ExpectationLimit.objects.get().fail) == ("pass", 0.505)
        reset_limits("order_adds_up", "user:1")
        assert state() == "warn"
        told = AuditRecord.objects.filter(target="expectation:order_adds_up").order_by("pk")
        assert [record.action for record in told] == ["expectation changed"] * 2 + ["expectation reset"]


def test_switched_off_it_is_judged_by_nobody(orders, scope):
    with tenant_connection(scope.schema):
        set_limits("order_adds_up", "", "", off=True, actor="user:1")
        assert (state(), state(off=True)) == (None, "off")
        watch.check(scope, timezone.now())
        assert "Orders are worth what their lines say" not in [one.label for one in watch.troubles()]


def test_an_alarm_ends_when_it_is_switched_off(orders, scope):
    with tenant_connection(scope.schema):
        set_limits("order_adds_up", "1", "2", off=False, actor="user:1")
        assert watch.check(scope, timezone.now()) == 1
        assert "order_adds_up" in [one.name for one in watch.troubles()]
        set_limits("order_adds_up", "", "", off=True, actor="user:1")
        assert watch.check(scope, timezone.now()) == 0
        assert watch.troubles() == []


@pytest.mark.parametrize(
    ("warn", "fail", "field"),
    [
        ("many", "5", "warn"),
        ("1", "-3", "fail"),
        ("1", "101", "fail"),
        ("6", "5", "warn"),
        ("", "5", "warn"),
        ("nan", "5", "warn"),
    ],
)
def test_what_makes_no_sense_is_told(scope, warn, fail, field):
    with tenant_connection(scope.schema), pytest.raises(BadLimit) as told:
        set_limits("order_adds_up", warn, fail, off=False, actor="user:1")
    assert told.value.field == field
    with tenant_connection(scope.schema):
        assert not ExpectationLimit.objects.exists()


def test_limits_are_the_tenants(orders, scope, rival):
    with tenant_connection(scope.schema):
        set_limits("order_adds_up", "1", "2", off=False, actor="user:1")
    with tenant_connection(rival.schema_name):
        assert not ExpectationLimit.objects.exists()
