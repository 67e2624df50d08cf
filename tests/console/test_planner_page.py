"""The planner answers in shoppers and days, from the tenant's own shoppers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from catalog.models import Item
from profiles.models import Interaction, Profile
from tenants.db import tenant_connection

ADDRESS = "/admin/experiments/planner/"


@pytest.fixture
def visits(tenant):
    """Eighty shoppers who looked; every fourth bought two days later."""
    with tenant_connection(tenant.schema_name):
        item = Item.objects.create(external_id="m", title="Milk", price="2", currency="USD")
        now = timezone.now()
        for number in range(80):
            at = now - dt.timedelta(days=15 + number % 26, hours=1)
            profile = Profile.objects.create(first_seen_at=at, last_seen_at=at)
            Interaction.objects.create(profile=profile, item=item, kind=1, at=at)
            if number % 4 == 0:
                Interaction.objects.create(
                    profile=profile,
                    item=item,
                    kind=3,
                    at=at + dt.timedelta(days=2),
                    value=10 + number,
                    order_key=number + 1,
                )


def test_shoppers_and_days(console, visits):
    page = console("analyst").get(ADDRESS + "?effect=60")
    base, chosen = page.context["base"], page.context["chosen"]
    assert (base.shoppers, base.baseline.value) == (80, 0.25)
    assert chosen.units > 0
    assert "to find a change of 60.0 % in conversion" in page.content.decode()


def test_once_at_the_end_needs_fewer(console, visits):
    analyst = console("analyst")
    many, one = (analyst.get(f"{ADDRESS}?looks={looks}").context["chosen"].units for looks in ("many", "one"))
    assert 1.8 < many / one < 2.0


def test_a_nonsense_number_is_said_beside_its_field(console, visits):
    page = console("analyst").get(ADDRESS + "?variants=1")
    assert "greater than or equal to 2" in page.content.decode()
    assert "chosen" not in page.context


def test_without_events_it_says_what_is_missing(console):
    assert "Nothing is known of “Conversion” yet" in console("analyst").get(ADDRESS).content.decode()


def test_a_change_beyond_everybody(console, visits):
    page = console("analyst").get(ADDRESS + "?effect=400")
    assert "is not possible from where it is now" in page.content.decode()
