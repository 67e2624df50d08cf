"""Who may look at a journey, who may change it, and nobody of another shop."""

from __future__ import annotations

import pytest
from django.test import Client

from journeys.models import Journey
from tenants.db import tenant_connection
from tenants.workspace.models import User

from .conftest import make_staff, signed_in
from .journey_rows import small_graph
from .test_canvas_api import at, put, state

CHANGES = ("publish", "pause", "resume")


def test_an_analyst_looks_and_changes_nothing(console, filled):
    analyst = console("analyst")
    assert state(analyst, filled)["journey"]["may_change"] is False
    assert put(analyst, filled, small_graph(), 0).status_code == 403
    assert {analyst.post(at(filled, verb)).status_code for verb in CHANGES} == {403}
    assert "not change it" in analyst.post(at(filled, "publish")).json()["message"]


def test_a_developer_sees_no_journey(console, filled):
    assert console("developer").get(at(filled, "state")).status_code == 403


def test_a_restricted_journey_is_changed_by_who_was_named_and_by_owners(console, filled, tenant):
    marketer, owner = console("marketer"), console("owner")
    with tenant_connection(tenant.schema_name):
        other = User.objects.create_user("mo", "mo@alpha.example", "x" * 12, is_staff=True)
        other.groups.set(User.objects.get(username="marketer").groups.all())
    owner.post(f"/admin/journeys/journey/{filled.journey.pk}/restrict/", {"people": [other.pk]})
    assert put(marketer, filled, small_graph("cart"), 0).status_code == 403
    assert state(marketer, filled)["journey"]["may_change"] is False
    assert put(owner, filled, small_graph("cart"), 0).status_code == 200
    assert put(signed_in(tenant, other), filled, small_graph("cart"), 0).status_code in (200, 409)
    owner.post(f"/admin/journeys/journey/{filled.journey.pk}/restrict/", {})
    assert state(marketer, filled)["journey"]["may_change"] is True


@pytest.mark.parametrize("path", ["state", "counts", "versions/1", "shoppers?q=42"])
def test_the_marketer_of_another_shop_finds_nothing(filled, rival, path):
    stranger = signed_in(rival, make_staff(rival, "marketer"))
    answer = stranger.get(at(filled, path))
    assert answer.status_code == 404
    assert "Abandoned" not in answer.content.decode()


def test_a_stranger_saves_into_nobodys_journey(filled, tenant, rival):
    stranger = signed_in(rival, make_staff(rival, "owner"))
    assert put(stranger, filled, {}, 0).status_code == 404
    with tenant_connection(tenant.schema_name):
        assert Journey.objects.get().revision == 0


def test_without_the_token_of_the_page_nothing_is_saved(filled, tenant):
    browser = Client(headers={"host": "alpha.localhost"}, enforce_csrf_checks=True)
    with tenant_connection(tenant.schema_name):
        browser.force_login(make_staff(tenant, "marketer"), "django.contrib.auth.backends.ModelBackend")
    assert put(browser, filled, {}, 0).status_code == 403
