"""Two shoppers become one: of two ways through one journey the older stays."""

from journeys.models import Enrolment

from .conftest import TRIGGER

WAIT = ("delay", {"seconds": 3600})


def identify(happen):
    happen({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "merge"})


def visit(happen, anonymous="a1"):
    happen(
        {"type": "track", "event": "Product Added", "anonymousId": anonymous, "messageId": f"by-{anonymous}"}
    )


def test_the_visitors_way_goes_on_as_the_shoppers(journey, happen, run, way):
    journey(TRIGGER, WAIT)
    visit(happen)
    happen("Product Viewed", user="u1")
    before = way().profile_id
    identify(happen)
    assert way().profile_id != before
    assert way().finished_at is None


def test_the_older_way_stays(journey, happen, run):
    journey(TRIGGER, WAIT)
    visit(happen)
    older = Enrolment.objects.get().pk
    happen("Product Added", user="u1")
    identify(happen)
    run()
    live = Enrolment.objects.get(finished_at=None)
    ended = Enrolment.objects.exclude(finished_at=None).get()
    assert live.pk == older
    assert (ended.outcome, ended.profile_id) == ("merged", live.profile_id)
