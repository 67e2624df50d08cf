"""Settings → Identity rules: looked at before, applied, followed, taken back; nonsense gets a sentence."""

import orjson
import pytest
from django.test import Client

from profiles.identity import applying, settings
from profiles.identity.models import IdentityRules
from profiles.identity.rules import DEFAULT_KINDS
from profiles.processing.batches import run_once
from tenants.db import tenant_connection
from tests.profiles.conftest import event, viewed

PAGE = "/admin/identity-rules/"


def form(**changed):
    """The form as it is loaded, with `changed` fields of it."""
    kinds = changed.pop("kinds", DEFAULT_KINDS)
    return {
        "seen": "0",
        "kind": [*kinds, ""],
        "priority": [*(k.priority for k in kinds.values()), 5],
        "limit": [*(k.limit for k in kinds.values()), 10],
        "shared": [*(k.shared for k in kinds.values()), "first"],
        "blocked": "",
        "allowed": "",
        **changed,
    }


@pytest.fixture
def walk_ins(scope, secret_key, api):
    """Two visitors whom a till called by one address."""
    batch = [
        viewed(anonymousId="v1"),
        viewed(anonymousId="v2"),
        event("identify", anonymousId="v1", traits={"email": "till@shop.example"}),
        event("identify", anonymousId="v2", traits={"email": "till@shop.example"}),
    ]
    body = orjson.dumps({"batch": batch})
    assert api(secret_key).post("/v1/batch", body, content_type="application/json").status_code == 200
    with tenant_connection(scope.schema):
        while run_once(scope):
            pass


@pytest.fixture
def owner(desk):
    return desk("owner")


def test_the_defaults_are_explained(owner: Client):
    text = owner.get(PAGE).content.decode()
    assert "Two shoppers with a user id of their own are never made one." in text
    assert "the defaults have held all the time" in text


def test_looked_at_applied_and_taken_back(owner: Client, walk_ins, scope):
    seen = owner.post(f"{PAGE}going/", form(blocked="Till@shop.example")).content.decode()
    assert "“till@shop.example” names nobody from now on" in seen
    assert "separate 1 shopper from another" in seen
    assert "would lose names" in seen
    with tenant_connection(scope.schema):
        assert not IdentityRules.objects.exists()
    answer = owner.post(PAGE, form(blocked="Till@shop.example"), follow=True).content.decode()
    assert "Version 1 holds" in answer
    assert 'role="progressbar"' in answer
    with tenant_connection(scope.schema):
        while applying.run_turn(scope):
            pass
    after = owner.get(f"{PAGE}progress/").content.decode()
    assert "All shoppers follow it." in after
    assert "1 was separated from another" in after
    back = owner.get(PAGE, {"version": "0"}).content.decode()
    assert "These are the rules of version 0" in back
    assert "till@shop.example</textarea>" not in back
    assert "make 1 profile part of another" in owner.post(f"{PAGE}going/", form()).content.decode()
    owner.post(PAGE, form(seen="1"))
    with tenant_connection(scope.schema):
        assert IdentityRules.objects.get().version == 2
        assert settings.current().blocked == frozenset()


def test_another_kind_is_added(owner: Client, scope):
    data = form()
    data["kind"][-1], data["limit"][-1] = "crm_id", 1
    owner.post(PAGE, data)
    with tenant_connection(scope.schema):
        assert settings.current().kind("crm_id").limit == 1
    assert "crm_id" in owner.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("priority", ["", 3, 4, 9, 5], "The priority of “user_id” is a number"),
        ("priority", [1, "٣", 4, 9, 5], "is a number from 1 to 99"),
        ("limit", [1, 99999999999999999999, 5, 500, 10], "A shopper may have 1 to 1,000"),
        ("limit", [2, 5, 5, 500, 10], "never made one"),
        ("limit", [1], "not complete"),
        ("shared", ["first", "all", "nobody", "first", "first"], "Say whose a shared"),
        ("kind", ["user_id", "email", "email", "anonymous_id", ""], "listed twice"),
        ("blocked", "x" * 300, "List at most 500 values"),
        ("blocked", "a\x00b", "List at most 500 values"),
        ("seen", "99999999999999999999", "Somebody else changed the rules"),
        ("seen", "7", "Somebody else changed the rules"),
    ],
)
def test_nonsense_is_said_and_kept_in_the_form(owner: Client, scope, field, value, said):
    answer = owner.post(PAGE, form(**{"blocked": "kept-as-typed", field: value}))
    assert answer.status_code == 400
    assert said in answer.content.decode()
    with tenant_connection(scope.schema):
        assert not IdentityRules.objects.exists()


@pytest.mark.parametrize("version", ["99999999999999999999", "x", "-1", "٣"])
def test_a_version_that_is_none_shows_what_holds(owner: Client, version):
    assert owner.get(PAGE, {"version": version}).status_code == 200


def test_who_may_look_changes_nothing(desk, scope):
    officer = desk("compliance officer")
    assert "owners and developers change them" in officer.get(PAGE).content.decode()
    assert officer.post(PAGE, form(blocked="x")).status_code == 403
    assert officer.post(f"{PAGE}going/", form(blocked="x")).status_code == 403
    with tenant_connection(scope.schema):
        assert not IdentityRules.objects.exists()
