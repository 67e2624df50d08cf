"""A segment remembers its size day by day, and a shopper's stays in it."""

import datetime as dt

import pytest

from profiles.models import SegmentDay, SegmentStay
from profiles.segments.forgetting import forget_old
from profiles.segments.selectors import daily_sizes, stays
from profiles.segments.tallies import fold_tallies
from tenants.db import tenant_connection

from ...profiles.conftest import event, viewed
from .conftest import act, all_of

LOOKERS = all_of(act("viewed"), act("bought", op="=", value=0))


@pytest.fixture
def buys(send, process):
    def buy(user):
        line = {"product_id": "i1", "price": 3}
        send(event(event="Order Completed", userId=user, properties={"products": [line]}))
        process()

    return buy


def test_who_came_and_left_shows_on_the_day(streaming, live, send, process, buys, cursor, scope):
    lookers = live("Lookers", LOOKERS)
    send(viewed("u1"), viewed("u2"))
    process()
    buys("u1")
    fold_tallies(cursor, scope.schema)
    today = dt.datetime.now(dt.UTC).date()
    SegmentDay.objects.create(segment=lookers, day=today - dt.timedelta(days=3), members=7)
    assert [(d.day, d.members, d.entered, d.left) for d in daily_sizes(lookers.pk)] == [
        (today - dt.timedelta(days=3), 7, 0, 0),
        (today - dt.timedelta(days=2), 7, 0, 0),
        (today - dt.timedelta(days=1), 7, 0, 0),
        (today, 1, 2, 1),
    ]


def test_a_stay_that_ended_is_remembered_and_follows_a_merge(streaming, live, send, process, shopper, scope):
    live("Lookers", LOOKERS)
    send(viewed(anonymousId="a1"))
    process()
    line = {"product_id": "i1", "price": 3}
    send(event(event="Order Completed", anonymousId="a1", properties={"products": [line]}))
    process()
    send(viewed("u1", item="i2"))
    process()
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    with tenant_connection(scope.schema):
        ended = stays(shopper("u1").pk)
    assert [stay.segment.key for stay in ended][-1] == "lookers"
    assert all(stay.entered_at <= stay.left_at for stay in ended)


def test_a_new_definition_ends_no_stay(streaming, live, send, process, scope, pass_over):
    from profiles.segments import services

    lookers = live("Lookers", LOOKERS)
    send(viewed("u1"))
    process()
    with tenant_connection(scope.schema):
        form = services.SegmentForm("Lookers", all_of(act("viewed", value=9)))
        services.change_segment(scope, lookers, form, actor="test")
    pass_over()
    with tenant_connection(scope.schema):
        assert not SegmentStay.objects.exists()


def test_what_is_long_past_is_forgotten(live, scope):
    lookers = live("Lookers", LOOKERS)
    now = dt.datetime.now(dt.UTC)
    with tenant_connection(scope.schema):
        for days in (399, 401):
            at = now - dt.timedelta(days=days)
            SegmentStay.objects.create(segment=lookers, profile_id=1, entered_at=at, left_at=at)
            SegmentDay.objects.create(segment=lookers, day=at.date())
        assert forget_old(scope.schema) == 2
        assert (SegmentStay.objects.count(), SegmentDay.objects.filter(day__lt=now.date()).count()) == (1, 1)
