"""A new journey from a template."""

from __future__ import annotations

import pytest

from journeys.graph import validate
from journeys.models import Journey, MessageTemplate
from journeys.seeds import seeds
from journeys.selectors import facts
from tenants.db import tenant_connection

ADD = "/admin/journeys/journey/add/"


@pytest.fixture
def marketer(console):
    return console("marketer")


def test_every_template_is_offered_with_what_it_does(marketer):
    page = marketer.get(ADD).content.decode()
    assert len(seeds()) >= 3
    for seed in seeds():
        assert seed.name in page


@pytest.mark.parametrize("key", [seed.key for seed in seeds()])
def test_a_template_becomes_a_draft_with_its_messages(marketer, tenant, key):
    answer = marketer.post(ADD, {"seed": key})
    with tenant_connection(tenant.schema_name):
        journey = Journey.objects.get()
        assert (journey.seed, journey.status) == (key, "draft")
        assert MessageTemplate.objects.exists()
        # What a template can't know, such as the shop's own segments, is left for its owner to choose.
        assert all(
            problem.field in ("segment", "left_segment") for problem in validate(journey.draft, facts())
        )
    assert answer.url == f"/admin/journeys/journey/{journey.pk}/canvas/"


def test_an_empty_canvas(marketer, tenant):
    marketer.post(ADD, {"seed": ""})
    with tenant_connection(tenant.schema_name):
        assert Journey.objects.get().draft["nodes"] == []


def test_an_unknown_template_is_not_found(marketer):
    assert marketer.post(ADD, {"seed": "nonsense"}).status_code == 404


def test_an_analyst_starts_none(console):
    assert console("analyst").post(ADD, {"seed": ""}).status_code == 403
