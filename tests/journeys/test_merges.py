"""Two shoppers become one: of two ways through one journey the older stays."""

from django.utils import timezone

from journeys.models import Enrolment, Message

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


def queued(campaign, profile, state="queued"):
    now = timezone.now()
    return Message.objects.create(
        key=f"campaign:{campaign}:{profile}", profile_id=profile, unit=bytes(16), template_id=1, channel="email",
        campaign_id=campaign, state=state, due_at=now, created_at=now,
    )  # fmt: skip


def test_a_campaign_writes_once_to_who_was_two(journey, happen, way):
    journey(TRIGGER, WAIT)
    visit(happen)
    visitor = way().profile_id
    happen("Product Added", user="u1")
    shopper = Enrolment.objects.exclude(profile_id=visitor).get().profile_id
    first, second = queued(7, visitor), queued(7, shopper)
    other, sent = queued(8, visitor), queued(8, shopper, "sent")
    identify(happen)
    states = dict(Message.objects.values_list("pk", "state"))
    assert [states[m.pk] for m in (first, second, other, sent)] == ["queued", "skipped", "skipped", "sent"]
