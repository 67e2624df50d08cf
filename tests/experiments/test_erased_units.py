"""Whoever was erased leaves no exposure and no trace behind by asking once more."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from catalog.models import Item
from compliance.registry import Person
from compliance.suppression import suppress
from experiments import services
from experiments.models import Exposure
from recommendations import traces
from recommendations.models import Decision
from recommendations.privacy import decisions

from .conftest import ACTOR, VariantRow, make_experiment

PATH = "/api/v1/recommendations"
SIZES: tuple[VariantRow, ...] = (("control", 50, {}), ("short", 50, {"size": 3}))


@pytest.fixture
def runs(tenant, inside):
    Item.objects.bulk_create(Item(external_id=f"i{n}", title=f"Item {n}") for n in range(4))
    return services.start(tenant.schema_name, make_experiment(variants=SIZES).pk, actor=ACTOR)


@pytest.fixture
def ask(api, secret_key, runs):
    return lambda **params: api(secret_key).get(PATH, params)


def erase_names(schema, blinds):
    with connection.cursor() as cursor:
        suppress(cursor, schema, blinds, request_id=uuid.uuid4())


@pytest.mark.parametrize("kind", ["user_id", "anonymous_id"])
def test_a_late_request_is_answered_and_nothing_is_written_of_it(ask, scope, unit_of, kind):
    erase_names(scope.schema, [unit_of("gone", kind)])
    assert ask(**{kind: "gone"}).status_code == 200
    assert ask(**{kind: "here"}).status_code == 200
    traces.drain()
    assert [bytes(row.unit) for row in Exposure.objects.all()] == [unit_of("here", kind)]
    assert Decision.objects.count() == 1


def test_an_answer_to_a_visitor_without_a_profile_is_found_on_its_way(ask, scope, unit_of):
    assert ask(anonymous_id="gone").status_code == 200
    assert ask(anonymous_id="here").status_code == 200
    person = Person(scope, units=(unit_of("gone", "anonymous_id"),))
    assert decisions.verify_waiting(person) == 1
    assert decisions.erase_waiting(person) == 1
    traces.drain()
    assert [bytes(row.unit) for row in Exposure.objects.all()] == [unit_of("here", "anonymous_id")]
