"""Each role sees its own pages and no others."""

from __future__ import annotations

import pytest

from .conftest import pages

ALL = {"owner", "marketer", "analyst", "developer", "compliance officer"}
ALLOWED = {
    "today": ALL,
    "shoppers": ALL,
    "shopper": ALL,
    "shopper's identity": {"owner", "marketer", "compliance officer"},
    "campaigns": {"owner", "marketer", "analyst"},
    "campaign": {"owner", "marketer", "analyst"},
    "new campaign": {"owner", "marketer"},
    "edit campaign": {"owner", "marketer"},
    "running campaign": {"owner", "marketer", "analyst"},
    "campaign progress": {"owner", "marketer", "analyst"},
    "segments": ALL,
    "segment": ALL,
    "new segment": {"owner", "marketer", "analyst"},
    "segment members": ALL,
    "segment days": ALL,
    "computed traits": ALL,
    "computed trait": ALL,
    "new computed trait": {"owner", "marketer", "analyst"},
    "features": ALL,
    "feature": ALL,
    "data quality": ALL,
    "expectation": ALL,
    "events": {"owner", "developer", "compliance officer"},
    "dead letters": {"owner", "developer", "compliance officer"},
    "dead letter": {"owner", "developer", "compliance officer"},
    "letter job": {"owner", "developer", "compliance officer"},
    "arrival rules": {"owner", "developer", "compliance officer"},
    "tracking plan": {"owner", "analyst", "developer", "compliance officer"},
    "planned event": {"owner", "analyst", "developer", "compliance officer"},
    "new planned event": {"owner", "analyst", "developer", "compliance officer"},
    "event imports": ALL,
    "new event import": {"owner", "marketer", "developer"},
    "event import": ALL,
    "finished event import": ALL,
    "items": {"owner", "marketer", "analyst", "developer"},
    "item": {"owner", "marketer", "analyst", "developer"},
    "imports": {"owner", "marketer", "analyst", "developer"},
    "import": {"owner", "marketer", "analyst", "developer"},
    "placements": {"owner", "marketer", "analyst", "developer"},
    "rules": {"owner", "marketer", "analyst", "developer"},
    "rule": {"owner", "marketer", "analyst", "developer"},
    "new rule": {"owner", "marketer"},
    "decisions": ALL,
    "decision": ALL,
    "models": {"owner", "marketer", "analyst", "developer"},
    "model": {"owner", "marketer", "analyst", "developer"},
    "experiments": {"owner", "marketer", "analyst"},
    "new experiment": {"owner", "analyst"},
    "experiment": {"owner", "marketer", "analyst"},
    "edit experiment": {"owner", "analyst"},
    "metrics": {"owner", "marketer", "analyst"},
    "metric": {"owner", "marketer", "analyst"},
    "new metric": {"owner", "analyst"},
    "layers": {"owner", "marketer", "analyst"},
    "layer": {"owner", "marketer", "analyst"},
    "new layer": {"owner", "analyst"},
    "results": {"owner", "marketer", "analyst"},
    "planner": {"owner", "marketer", "analyst"},
    "consent": {"owner", "marketer", "compliance officer"},
    "requests": {"owner", "compliance officer"},
    "request": {"owner", "compliance officer"},
    "new request": {"owner", "compliance officer"},
    "retention": {"owner", "compliance officer"},
    "identity rules": {"owner", "developer", "compliance officer"},
    "audit": {"owner", "compliance officer"},
    "team": {"owner"},
    "new teammate": {"owner"},
    "destinations": {"owner", "analyst", "developer", "compliance officer"},
    "destination": {"owner", "analyst", "developer", "compliance officer"},
    "new destination": {"owner", "developer"},
    "change destination": {"owner", "developer"},
    "keys": {"owner", "developer"},
    "new key": {"owner", "developer"},
    "shopper tokens": {"owner", "developer"},
    "journeys": {"owner", "marketer", "analyst"},
    "journey": {"owner", "marketer", "analyst"},
    "canvas": {"owner", "marketer", "analyst"},
    "templates": {"owner", "marketer", "analyst"},
    "template": {"owner", "marketer", "analyst"},
    "messages": {"owner", "marketer", "analyst"},
    "message": {"owner", "marketer", "analyst"},
    "sending": {"owner", "marketer", "analyst"},
    "inbox": {"owner", "marketer", "analyst"},
    "inbox letter": {"owner", "marketer", "analyst"},
    "new journey": {"owner", "marketer"},
    "new template": {"owner", "marketer"},
}


@pytest.mark.parametrize("role", sorted(ALL))
def test_a_role_opens_its_pages_and_is_refused_the_others(role, console, filled):
    browser = console(role)
    table = {name: browser.get(address).status_code for name, address in pages(filled).items()}
    assert table == {name: 200 if role in ALLOWED[name] else 403 for name in pages(filled)}


@pytest.mark.parametrize("role", sorted(ALL))
def test_the_sidebar_shows_only_what_opens(role, console, filled):
    browser = console(role)
    shown = {entry["link"] for group in browser.get("/admin/").context["sidebar_navigation"]
             for entry in group["items"] if entry["has_permission"]}  # fmt: skip
    assert {browser.get(link).status_code for link in shown} == {200}


def test_staff_who_are_not_signed_in_are_sent_to_the_login(client, tenant, filled):
    for address in pages(filled).values():
        answer = client.get(address, headers={"host": "alpha.localhost"})
        assert (answer.status_code, "/admin/login/" in answer.url) == (302, True)
