"""Templates of journeys validate, simulate, and leave edited message templates alone."""

import datetime as dt

import pytest

from journeys.facts import Facts
from journeys.graph import validate
from journeys.models import MessageTemplate
from journeys.seeds import seeds, start
from journeys.selectors import facts
from journeys.services.drafts import publish
from journeys.simulator import Happening, simulate

from .conftest import agree

pytestmark = pytest.mark.usefixtures("inside")
START = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)
BEGIN = {
    "abandoned-cart": "Product Added",
    "post-purchase": "Order Completed",
    "re-engagement": "Order Completed",
}
LETTERS = {"abandoned-cart": 2, "post-purchase": 2, "re-engagement": 1}


@pytest.fixture(params=[seed.key for seed in seeds()])
def started(request):
    return start(request.param, actor="test")


def test_it_validates_and_is_published(started):
    assert validate(started.draft, facts()) == []
    assert publish(started.pk, actor="test").number == 1


def test_it_simulates_to_its_end(started, scope):
    begin = Happening(START, BEGIN[started.seed], {"product_id": "i1"})
    found = simulate(scope, started.draft, profile_id=None, events=[begin], start=START, days=60)
    assert len(found.messages) == LETTERS[started.seed]
    assert found.outcome.startswith("Completed")
    assert all("/m/u/" in letter.html and "{{" not in letter.html for letter in found.messages)


def test_a_purchase_ends_the_reminders(scope):
    draft = start("abandoned-cart", actor="test").draft
    bought = Happening(START + dt.timedelta(minutes=20), "Order Completed")
    found = simulate(
        scope, draft, profile_id=None, events=[Happening(START, "Product Added"), bought], start=START
    )
    assert (found.messages, found.outcome) == ([], "Goal: Order Completed happened.")


def test_who_took_everything_out_is_not_reminded(scope):
    journey = start("abandoned-cart", actor="test")
    added = Happening(START, "Product Added", {"product_id": "i1"})
    removed = Happening(START + dt.timedelta(minutes=5), "Product Removed", {"product_id": "i1"})
    found = simulate(scope, journey.draft, profile_id=None, events=[added, removed], start=START)
    assert (found.messages, found.outcome) == ([], "Completed: the cart is empty.")


def test_who_took_everything_out_after_the_reminder_is_not_reminded_again(scope):
    journey = start("abandoned-cart", actor="test")
    added = Happening(START, "Product Added", {"product_id": "i1"})
    removed = Happening(START + dt.timedelta(hours=5), "Product Removed", {"product_id": "i1"})
    found = simulate(scope, journey.draft, profile_id=None, events=[added, removed], start=START)
    assert (len(found.messages), found.outcome) == (1, "Completed: the cart is empty.")


@pytest.mark.parametrize("key", sorted(BEGIN))
def test_who_withdrew_consent_leaves_at_the_message(scope, shopper, key):
    journey = start(key, actor="test")
    profile = shopper("u1")
    agree(scope, "u1", granted=False)
    begin = Happening(START, BEGIN[key], {"product_id": "i1"})
    found = simulate(scope, journey.draft, profile_id=profile, events=[begin], start=START, days=60)
    assert (found.messages, found.outcome) == ([], "Completed: could not be written to.")


def test_what_it_is_for_comes_along():
    journey = start("abandoned-cart", actor="test")
    assert journey.description == next(seed.description for seed in seeds() if seed.key == "abandoned-cart")


def test_starting_again_keeps_what_was_edited():
    start("abandoned-cart", actor="test")
    MessageTemplate.objects.filter(key="cart-reminder").update(subject="Mine")
    start("abandoned-cart", actor="test")
    assert MessageTemplate.objects.get(key="cart-reminder").subject == "Mine"


def test_without_its_templates_it_says_what_is_missing():
    for seed in seeds():
        assert [p.message for p in validate(seed.graph, Facts())] == [
            f"There is no template “{template['key']}”." for template in seed.templates
        ]


def test_the_reminder_shows_what_was_left(scope):
    from catalog.models import Item

    Item.objects.create(external_id="i1", title="Green tea", price="3.5", currency="EUR")
    draft = start("abandoned-cart", actor="test").draft
    added = Happening(START, "Product Added", {"product_id": "i1"})
    found = simulate(scope, draft, profile_id=None, events=[added], start=START)
    assert "Green tea" in found.messages[0].html
    assert "€3.50" in found.messages[0].text
