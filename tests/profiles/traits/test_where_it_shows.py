"""A computed trait's value is in the API, in templates and in conditions of journeys, and says where it is used."""

import datetime as dt

import pytest

from journeys.engine.people import read_people
from journeys.models import Journey, MessageTemplate
from journeys.selectors.facts import facts
from journeys.services.previews import fill_in
from profiles.traits import services
from profiles.traits.services import BadTrait
from tenants.db import tenant_connection

from ..conftest import event
from ..segments.conftest import all_of
from .test_streaming import SHARES, shared


@pytest.fixture
def shares(trait, send, process):
    made = trait("Wishlist shares", **SHARES)
    send(shared(), shared())
    process()
    return made


def test_the_api_shows_it(shares, trait, api, secret_key):
    trait("Tier", source="trait", function="last", property="tier")
    answer = api(secret_key).get("/api/v1/profiles/u1").json()
    assert answer["computed_traits"] == {"wishlist_shares": 2, "tier": None}


def test_a_template_shows_it(shares, shopper, scope, inside):
    template = MessageTemplate(
        key="t", name="T", subject="You shared {{ shopper.traits.wishlist_shares }} lists"
    )
    template.text, template.channel = "Hello", "email"
    letter = fill_in(scope, template, shopper("u1"), event={}, personal=False)
    assert letter.subject == "You shared 2 lists"


def test_a_journeys_condition_asks_for_it(shares, shopper, scope, cursor):

    name = "traits.wishlist_shares"
    assert name in dict(facts().features)
    person = read_people(cursor, scope, [shopper("u1").pk])[shopper("u1").pk]
    assert person.feature(name, dt.datetime.now(dt.UTC)) == 2


def test_what_is_used_is_not_archived(shares, live, scope, inside):
    segment = live("Sharers", all_of({"type": "trait", "trait": shares.key, "op": ">=", "value": 1}))
    graph = {
        "nodes": {
            "a": {
                "config": {"condition": {"rules": [{"subject": "feature", "name": "traits.wishlist_shares"}]}}
            }
        }
    }
    Journey.objects.create(name="Thanks", draft=graph)
    MessageTemplate.objects.create(
        key="t", name="T", subject="{{ shopper.traits.wishlist_shares }}", channel="email"
    )
    found = {(use.kind, use.name, use.running) for use in services.uses_of(shares)}
    assert found == {("Segment", "Sharers", True), ("Journey", "Thanks", False), ("Template", "T", True)}
    with pytest.raises(BadTrait, match="segment “Sharers”, template “T”"):
        services.archive_trait(scope, shares, actor="test")
    assert segment.pk


def test_an_archived_trait_is_forgotten_with_the_next_event_and_computed_anew_when_restored(
    shares, shopper, scope, send, process, pass_over, value
):
    with tenant_connection(scope.schema):
        services.archive_trait(scope, shares, actor="test")
    send(event("page", userId="u1"))
    process()
    assert shopper("u1").computed == {}
    with tenant_connection(scope.schema):
        services.restore_trait(scope, shares, actor="test")
    pass_over()
    assert value(shares, shopper("u1")) == 2


def test_a_changed_definition_shows_the_former_values_until_it_is_computed(
    shares, shopper, scope, pass_over, value
):
    form = services.TraitForm("Shares", {**SHARES, "where": [{"property": "x", "op": "exists"}]})
    with tenant_connection(scope.schema):
        changed = services.change_trait(scope, shares, form, actor="test")
        assert changed.building
        state = shopper("u1").computed[str(changed.shown_id)]
        assert state == {"0": 2}
    pass_over()
    assert value(shares, shopper("u1")) == 0
