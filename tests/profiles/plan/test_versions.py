"""Every change is a version; another process follows within a second; Segment's form goes in and out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from profiles.plan import current, segment_form, services
from profiles.plan.document import EMPTY, checked
from profiles.plan.models import TrackingPlan

from .conftest import planned


@pytest.fixture(autouse=True)
def in_alpha(inside):
    """The plan is alpha's."""


def test_going_back_makes_a_newer_version(scope):
    services.save(scope, {"events": [planned()]}, actor="t")
    services.save(scope, {"events": []}, actor="t")
    services.restore(scope, 1, actor="t")
    assert [p.number for p in TrackingPlan.objects.all()] == [3, 2, 1]
    assert services.latest()[1]["events"][0]["name"] == "Order Completed"
    assert TrackingPlan.objects.get(number=2).note == "Removed Order Completed"


def test_a_renamed_event_takes_the_place_of_the_old_one(scope):
    services.save(scope, {"events": [planned(), planned("B")]}, actor="t")
    services.put_event(scope, planned("C"), actor="t", before=("track", "B"))
    assert [e["name"] for e in services.latest()[1]["events"]] == ["C", "Order Completed"]
    with pytest.raises(services.BadPlan, match="already"):
        services.put_event(scope, planned("C"), actor="t", before=("track", "Order Completed"))


def test_a_process_that_remembers_an_older_plan_looks_again(scope, monkeypatch):
    assert current.current(scope) is None
    services.save(scope, {"events": [planned()]}, actor="t")
    clock = current.time.monotonic()
    monkeypatch.setattr(current.time, "monotonic", lambda: clock + current.LOOK_SECONDS + 0.1)
    plan = current.current(scope)
    assert plan is not None
    assert (2, "Order Completed") in plan.events


def test_with_the_database_away_the_last_plan_holds(scope, monkeypatch):
    from django.db import OperationalError

    services.save(scope, {"events": [planned()]}, actor="t")
    current.forget()
    before = current.current(scope)
    clock = current.time.monotonic()
    monkeypatch.setattr(current.time, "monotonic", lambda: clock + 60)

    def away(*_):
        raise OperationalError("away")

    monkeypatch.setattr(current, "_read", away)
    monkeypatch.setattr(current, "connection", SimpleNamespace(in_atomic_block=False))
    assert current.current(scope) is before is not None


def test_segments_form_goes_out_and_comes_back():
    document = checked({"events": [planned(description="Paid"), planned("", "identify")]})
    written = segment_form.write(document, "Plan")
    assert written["rules"][0]["type"] == "TRACK"
    assert segment_form.is_segments(written)
    back = checked(segment_form.read(written))
    assert back == {**EMPTY, "events": document["events"]}
