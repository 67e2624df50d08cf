"""Every page opens, with data and without."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

from django.utils import timezone

from recommendations.models import ItemDay
from tenants.db import tenant_connection

from .conftest import pages


class NoRows:
    """What `fill` makes, of which nothing is there."""

    def __getattr__(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(pk=0, key="0")


def test_every_list_opens_when_there_is_nothing(console):
    owner = console("owner")
    addresses = [a for a in pages(NoRows()).values() if "/0/" not in a]
    assert {a: owner.get(a).status_code for a in addresses} == dict.fromkeys(addresses, 200)


def test_an_empty_list_says_what_to_do_next(console):
    answer = console("owner").get("/admin/catalog/item/").content.decode()
    assert "The catalogue is empty" in answer
    assert "/api/v1/catalog/items" in answer


def test_a_new_tenant_is_shown_the_first_steps(console):
    assert "From here to the first recommendation" in console("owner").get("/admin/").content.decode()


def test_lists_offer_page_sizes_and_search(console, filled):
    owner = console("owner")
    answer = owner.get("/admin/catalog/item/?per=100&q=rye+bread")
    assert answer.context["cl"].list_per_page == 100
    assert [item.external_id for item in answer.context["cl"].result_list] == ["b1"]


def test_a_row_that_does_not_exist_leads_back_with_a_message(console):
    owner = console("owner")
    for address in (
        "/admin/profiles/profile/999/change/",
        "/admin/recommendations/decision/nonsense/change/",
    ):
        assert owner.get(address).status_code == 302


def test_the_dashboard_adds_up_what_was_bought(console, filled):
    sales = console("owner").get("/admin/").context["sales"]
    assert sales["week"] == 8.99
    assert [row["name"] for row in sales["categories"]] == ["Bakery › Bread", "Dairy › Milk"]


def test_the_dashboard_says_that_nothing_comes_in_instead_of_comparing(console, filled, tenant):
    with tenant_connection(tenant.schema_name):
        day = timezone.now().date() - dt.timedelta(days=4)
        ItemDay.objects.update(day=day)
    page = console("owner").get("/admin/").content.decode()
    assert f"The last purchase came on {day.day} {day:%b}: is the shop still sending?" in page
    assert "against the week before" not in page


def test_the_dashboard_counts_answers_and_their_time(console, filled):
    answers = console("owner").get("/admin/").context["answers"]
    assert (answers["total"], answers["p50"], answers["blocked_share"]) == (1, 6.0, 0)
