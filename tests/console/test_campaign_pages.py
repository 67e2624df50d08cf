"""Campaigns in the console: from the form to the review to the start, and who may do what."""

from __future__ import annotations

import datetime as dt

import pytest

from journeys.campaigns import access
from journeys.models import Campaign
from tenants.db import tenant_connection
from tenants.models import Tenant
from tenants.workspace.models import AuditRecord, User

BASE = "/admin/journeys/campaign/"


def form(filled, **fields):
    return {
        "name": "Rye week", "segment": filled.segment.pk, "template": filled.news.pk, "when": "now",
        "goal": "purchase", "goal_hours": 48, "holdout": 10, **fields,
    }  # fmt: skip


def made(tenant, name="Rye week"):
    with tenant_connection(tenant.schema_name):
        return Campaign.objects.get(name=name)


def test_a_marketer_writes_reviews_starts_pauses_and_cancels(console, tenant, filled):
    browser = console("marketer")
    # Nobody held out: whom chance holds out hangs on the ids, and those on the tests that ran before.
    answer = browser.post(f"{BASE}add/", form(filled, holdout=0))
    mine = made(tenant)
    assert (answer.url, mine.status) == (f"{BASE}{mine.pk}/change/", "draft")
    review = browser.get(answer.url).text
    # The one member has not agreed to anything.
    assert "<strong>0</strong> of 1 shopper will get it" in review
    assert '<span class="num">1</span> did not agree to marketing this way' in review
    for verb, status in (
        ("start", "running"),
        ("pause", "paused"),
        ("resume", "running"),
        ("cancel", "cancelled"),
    ):
        assert browser.post(f"{BASE}{mine.pk}/do/{verb}/").status_code == 302
        assert made(tenant).status == status
    with tenant_connection(tenant.schema_name):
        said = list(
            AuditRecord.objects.filter(target=f"campaign:{mine.pk}")
            .order_by("pk")
            .values_list("action", flat=True)
        )
    assert said == [f"campaign {verb}" for verb in ("created", "started", "paused", "resumed", "cancelled")]
    assert "no longer in the segment" not in browser.get(answer.url).text


def test_a_time_is_meant_in_the_shops_zone(console, tenant: Tenant, filled):
    tenant.time_zone = "Europe/Berlin"
    tenant.save()
    day = (dt.date.today() + dt.timedelta(days=200)).replace(month=7, day=1)
    day = day if day > dt.date.today() else day.replace(year=day.year + 1)
    browser = console("owner")
    browser.post(f"{BASE}add/", form(filled, when="later", day=day.isoformat(), time="09:30"))
    mine = made(tenant)
    assert mine.starts_at.astimezone(dt.UTC).time() == dt.time(7, 30)
    assert "09:30" in browser.get(f"{BASE}{mine.pk}/change/").text
    assert 'value="09:30"' in browser.get(f"{BASE}{mine.pk}/edit/").text
    browser.post(f"{BASE}{mine.pk}/do/start/")
    assert made(tenant).status == "scheduled"
    browser.post(f"{BASE}{mine.pk}/edit/", form(filled, holdout=20))
    assert (made(tenant).status, made(tenant).holdout) == ("draft", 20)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"segment": ""}, "This field is required."),
        ({"holdout": 80}, "less than or equal to 50"),
        ({"when": "later"}, "Say on which day."),
        ({"when": "later", "day": "2199-01-01", "time": "09:00"}, "more than a year ahead"),
        ({"template": 0}, "valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(console, filled, fields, message):
    answer = console("owner").post(f"{BASE}add/", form(filled, **fields))
    assert (answer.status_code, message in answer.text, "Rye week" in answer.text) == (400, True, True)


def test_progress_says_why_somebody_did_not_get_it(console, filled):
    part = console("analyst").get(f"{BASE}{filled.running_campaign.pk}/progress/").text
    assert "No e-mail address is known" in part
    assert "hx-get" not in part  # paused: nothing changes by itself
    assert "Too few shoppers yet" in part


def test_a_restricted_campaign_is_changed_by_its_people_only(console, tenant, filled):
    marketer, owner = console("marketer"), console("owner")
    address = f"{BASE}{filled.campaign.pk}/"
    with tenant_connection(tenant.schema_name):
        boss = User.objects.get(username="owner")
    owner.post(f"{address}restrict/", {"editors": [boss.pk]})
    assert marketer.post(f"{address}do/start/").status_code == 403
    assert marketer.get(f"{address}edit/").status_code == 403
    assert marketer.get(f"{address}change/").status_code == 200
    with tenant_connection(tenant.schema_name):
        assert access.named(Campaign.objects.get(pk=filled.campaign.pk)) == [boss]
    owner.post(f"{address}restrict/", {})
    assert marketer.post(f"{address}do/start/").status_code == 302


def test_who_only_reads_starts_nothing(console, tenant, filled):
    browser = console("analyst")
    for verb in ("start", "duplicate"):
        assert browser.post(f"{BASE}{filled.campaign.pk}/do/{verb}/").status_code == 403
    assert browser.get(f"{BASE}{filled.campaign.pk}/do/start/").status_code == 405
    assert made(tenant, "Bread week").status == "draft"


def test_the_segments_page_names_its_campaigns(console, filled):
    text = console("owner").get(f"/admin/profiles/segment/{filled.segment.pk}/change/").text
    assert "Milk week" in text
    assert "Bread week" in text


def test_the_review_shows_a_subject_and_not_its_liquid(console, tenant, filled):
    with tenant_connection(tenant.schema_name):
        filled.news.subject = (
            "{% if shopper.first_name %}{{ shopper.first_name }}, your{% else %}Your{% endif %} bread"
        )
        filled.news.save()
    browser = console("marketer")
    review = browser.get(browser.post(f"{BASE}add/", form(filled)).url).text
    assert "Your bread" in review
    assert "shopper.first_name" not in review


@pytest.mark.parametrize(
    ("html", "warned"),
    [
        ("{% for one in event.items %}{{ one.title }}{% endfor %}", ["shows what started a journey"]),
        ("{% for one in cart.items %}{{ one.title }}{% endfor %}", ["shows what is in the shopper"]),
        ("<p>News</p>", []),
    ],
)
def test_the_review_warns_of_a_template_made_for_journeys(console, tenant, filled, html, warned):
    with tenant_connection(tenant.schema_name):
        filled.news.html = html
        filled.news.save()
    review = console("marketer").get(f"{BASE}{filled.campaign.pk}/change/").text
    every = ("shows what started a journey", "shows what is in the shopper")
    assert [words for words in every if words in review] == warned
