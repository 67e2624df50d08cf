"""Who came into a segment and left it: days with counts, and the shoppers of a day; two who edit at once."""

from __future__ import annotations

import datetime as dt

import orjson
import pytest

from profiles.models import ComputedTrait, Profile, Segment, SegmentDay, SegmentStay
from tenants.db import tenant_connection

TODAY = dt.datetime.now(dt.UTC).date()


@pytest.fixture
def moved(tenant, filled):
    """Somebody left yesterday after two days; the days say more than one page holds."""
    noon = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
    with tenant_connection(tenant.schema_name):
        someone = Profile.objects.create(unit=b"days", first_seen_at=noon, last_seen_at=noon)
        day = dt.timedelta(days=1)
        SegmentStay.objects.create(
            segment=filled.segment, profile_id=someone.pk, entered_at=noon - 3 * day, left_at=noon - day
        )
        SegmentDay.objects.create(segment=filled.segment, day=TODAY - 40 * day, members=7, entered=7)
        SegmentDay.objects.create(segment=filled.segment, day=TODAY - day, members=6, left=1)
    return filled.segment, someone


def url(segment, query=""):
    return f"/admin/profiles/segment/{segment.pk}/days/{query}"


def test_days_have_counts_and_pages(console, moved):
    segment, _ = moved
    browser = console("analyst")
    first, second = browser.get(url(segment)).text, browser.get(url(segment, "?p=2")).text
    assert "−1" in first
    assert "+7" not in first
    assert "+7" in second
    assert "There are no more days" in browser.get(url(segment, "?p=99")).text
    assert browser.get(url(segment, "?p=x&day=nonsense")).status_code == 200


def test_a_day_names_who_came_and_left(console, moved):
    segment, someone = moved
    browser = console("analyst")
    link = f"/admin/profiles/profile/{someone.pk}/change/"
    left = browser.get(url(segment, f"?day={TODAY - dt.timedelta(days=1)}")).text
    came = browser.get(url(segment, f"?day={TODAY - dt.timedelta(days=3)}")).text
    between = browser.get(url(segment, f"?day={TODAY - dt.timedelta(days=2)}")).text
    assert (link in left, link in came, link in between) == (True, True, False)
    assert '<span class="pill">left' in left
    assert '<span class="pill good">came' in came
    for odd in ("0001-01-01", "9999-12-31"):
        assert browser.get(url(segment, f"?day={odd}")).status_code == 200


def test_the_second_of_two_who_edit_at_once_is_told(console, tenant, filled):
    page = f"/admin/profiles/segment/{filled.segment.pk}/change/"
    browser = console("marketer")
    form = {
        "name": "Mine",
        "definition": orjson.dumps(filled.segment.definition).decode(),
        "edition": filled.segment.updated_at.isoformat(),
    }
    with tenant_connection(tenant.schema_name):
        theirs = Segment.objects.get(pk=filled.segment.pk)
        theirs.name = "Theirs"
        theirs.save()
    answer = browser.post(page, form)
    assert (answer.status_code, "Somebody else saved it" in answer.text, 'value="Mine"' in answer.text) == (
        400, True, True,
    )  # fmt: skip
    with tenant_connection(tenant.schema_name):
        theirs.refresh_from_db()
        assert theirs.name == "Theirs"
        form["edition"] = theirs.updated_at.isoformat()
    assert form["edition"] in answer.text  # saving once more is meant
    assert browser.post(page, form).status_code == 302


def test_the_same_of_computed_traits(console, tenant, filled):
    page = f"/admin/profiles/computedtrait/{filled.trait.pk}/change/"
    with tenant_connection(tenant.schema_name):
        trait = ComputedTrait.objects.get(pk=filled.trait.pk)
        before = trait.updated_at.isoformat()
        trait.save()
    form = {"name": "Mine", "definition": orjson.dumps(trait.definition).decode(), "edition": before}
    answer = console("marketer").post(page, form)
    assert (answer.status_code, "Somebody else saved it" in answer.text) == (400, True)
