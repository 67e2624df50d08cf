"""Who enters a journey, and how often."""

import datetime as dt

from journeys.models import Enrolment
from journeys.services.drafts import pause

from .conftest import TRIGGER, event

WAIT = ("delay", {"seconds": 3600})


def test_an_event_starts_the_journey(journey, happen, way):
    made = journey(TRIGGER, WAIT)
    happen("Product Added", properties={"product_id": "i1"})
    found = way()
    assert (found.journey_id, found.version_id, found.node) == (made.pk, made.live_version_id, "n0")


def test_names_compare_without_case(journey, happen):
    journey(TRIGGER, WAIT)
    happen("product added ")
    assert Enrolment.objects.count() == 1


def test_other_events_start_nothing(journey, happen):
    journey(TRIGGER, WAIT)
    happen("Product Viewed")
    assert not Enrolment.objects.exists()


def test_conditions_on_the_event(journey, happen):
    where = {"rules": [{"subject": "event", "name": "value", "operator": "at_least", "value": 50}]}
    journey(("event_trigger", {"event": "Product Added", "where": where}), WAIT)
    happen("Product Added", properties={"value": 49})
    assert not Enrolment.objects.exists()
    happen("Product Added", properties={"value": "50.0"})
    assert Enrolment.objects.count() == 1


def test_one_live_enrolment_for_a_shopper(journey, happen):
    journey(TRIGGER, WAIT)
    happen("Product Added", "Product Added")
    happen("Product Added")
    assert Enrolment.objects.count() == 1


def test_never_again(journey, happen, run):
    journey(TRIGGER, entry={"again": "never"})
    happen("Product Added")
    run()
    happen("Product Added")
    assert Enrolment.objects.count() == 1


def test_again_once_out(journey, happen, run):
    journey(TRIGGER, entry={"again": "after_exit"})
    happen("Product Added")
    run()
    happen("Product Added")
    assert Enrolment.objects.filter(finished_at=None).count() == 1
    assert Enrolment.objects.count() == 2


def test_a_cool_down(journey, happen, run):
    journey(TRIGGER, entry={"again": "after_exit", "cooldown_hours": 24})
    happen("Product Added")
    run()
    happen("Product Added")
    assert Enrolment.objects.count() == 1
    run(hours=25)
    happen("Product Added")
    assert Enrolment.objects.count() == 2


def test_always_starts_over(journey, happen, run):
    journey(TRIGGER, WAIT, entry={"again": "always"})
    happen("Product Added", properties={"product_id": "i1"})
    run()
    happen("Product Added", properties={"product_id": "i2"})
    assert list(Enrolment.objects.order_by("id").values_list("outcome", flat=True)) == ["restarted", ""]


def test_in_one_batch_cart_order_cart_enters_twice(journey, happen):
    journey(TRIGGER, WAIT, exit_on={"events": ["Order Completed"]})
    happen("Product Added", "Order Completed", "Product Added")
    assert list(Enrolment.objects.order_by("id").values_list("outcome", flat=True)) == ["exited", ""]


def test_a_backfill_of_old_events_starts_nothing(journey, happen):
    journey(TRIGGER, WAIT)
    long_ago = (dt.datetime.now(dt.UTC) - dt.timedelta(days=2)).isoformat()
    happen(event("Product Added", timestamp=long_ago))
    assert not Enrolment.objects.exists()


def test_nobody_enters_a_paused_journey(journey, happen):
    made = journey(TRIGGER, WAIT)
    pause(made.pk, actor="test")
    happen("Product Added")
    assert not Enrolment.objects.exists()


def test_no_journey_of_another_tenant(journey, happen, rival, rival_key, api):
    from journeys.models import EventName
    from tenants.db import tenant_connection

    journey(TRIGGER, WAIT)
    happen("Product Added")
    with tenant_connection(rival.schema_name):
        assert not Enrolment.objects.exists()
        assert not EventName.objects.exists()
