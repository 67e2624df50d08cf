"""An import is held against what is expected of data, before and while it is taken, and live events are judged alone."""

import pytest
from django.utils import timezone

from catalog.models import Item
from profiles.models import QualityCount
from profiles.processing.batches import run_once
from profiles.quality import imported
from profiles.quality.limits import set_limits
from profiles.quality.report import report

ORDERS = """user_id,event,time,product_id,price,order_id
u1,purchase,2025-01-01 10:00,m1,2.40,o1
u2,purchase,2025-01-02 10:00,m1,,o2
u3,purchase,2025-01-03 10:00,nothing,3.00,o3
u4,Product Viewed,2025-01-04 10:00,m1,,
"""


@pytest.fixture
def catalogue(inside):
    Item.objects.create(external_id="m1", title="Milk", price=2)


def by_name(counts):
    return {one.expectation.name: one for one in imported.judged(counts)}


def assert_judged(found):
    assert (found["price_given"].checked, found["price_given"].failed, found["price_given"].lines) == (
        3,
        1,
        (3,),
    )
    assert (found["item_known"].checked, found["item_known"].failed, found["item_known"].lines) == (
        4,
        1,
        (4,),
    )
    assert (found["price_given"].state, found["order_named"].state) == ("fail", "pass")
    assert "on_time" not in found  # history is late by its nature


def test_the_check_tells_before_anything_is_taken(catalogue, upload, checked):
    done = checked(upload(ORDERS))
    assert_judged(by_name(done.check_report["quality"]))
    assert not Item.objects.filter(external_id="nothing").exists()


def test_what_was_taken_is_judged_line_by_line(catalogue, upload, run):
    assert_judged(by_name(run(upload(ORDERS)).quality))


def test_portions_add_up(catalogue, upload, run, monkeypatch):
    monkeypatch.setattr("profiles.imports.run.PORTION", 1)
    assert_judged(by_name(run(upload(ORDERS)).quality))


def test_live_events_are_judged_alone(catalogue, upload, run, scope):
    run(upload(ORDERS))
    while run_once(scope):
        pass
    assert not QualityCount.objects.exists()
    assert {one.state for one in report(timezone.now())} == {"none"}


def test_the_merchants_limits_hold_for_files_too(catalogue, upload, run):
    counts = run(upload(ORDERS)).quality
    set_limits("price_given", "50", "80", off=False, actor="user:1")
    set_limits("item_known", "", "", off=True, actor="user:1")
    found = by_name(counts)
    assert found["price_given"].state == "pass"
    assert "item_known" not in found
