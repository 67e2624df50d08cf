"""The page of a shopper's identity: names and what joined them; separated with a preview, and taken back."""

import re

import orjson
import pytest
from django.test import Client

from profiles.identity.models import IdentityChange
from profiles.models import Profile
from profiles.processing.batches import run_once
from profiles.selectors import find_profile
from tenants.db import tenant_connection
from tests.profiles.conftest import event, viewed


@pytest.fixture
def shopper(scope, secret_key, api):
    batch = [
        viewed("u1", "i0"),
        viewed(item="i1", anonymousId="a1"),
        event("identify", userId="u1", anonymousId="a1", traits={"email": "ada@shop.example"}),
        event("identify", userId="u2", traits={"email": "ada@shop.example"}),
    ]
    body = orjson.dumps({"batch": batch})
    assert api(secret_key).post("/v1/batch", body, content_type="application/json").status_code == 200
    with tenant_connection(scope.schema):
        while run_once(scope):
            pass
        return find_profile(scope, "user_id", "u1")


@pytest.fixture
def owner(desk):
    return desk("owner")


def test_it_says_what_joined_them_and_what_did_not(owner: Client, shopper):
    text = owner.get(f"/admin/shoppers/{shopper.pk}/identity/").content.decode()
    assert "an identify call of your server" in text
    assert "several shoppers gave it, so it joins nobody" in text
    assert "ada@shop.example" in text


def test_separated_and_taken_back(owner: Client, shopper, scope):
    page = f"/admin/shoppers/{shopper.pk}/identity/"
    text = owner.get(page).content.decode()
    key = next(
        k
        for k, value in re.findall(r'value="([0-9a-f]{32})"[^>]*> Visitor <strong>(\w+)', text)
        if value == "a1"
    )
    seen = owner.get(page, {"look": "1", "name": key}).content.decode()
    assert "1 view, cart or purchase" in seen
    owner.post(page, {"name": key, "why": "two people"})
    with tenant_connection(scope.schema):
        assert find_profile(scope, "anonymous_id", "a1") != find_profile(scope, "user_id", "u1")
        change = IdentityChange.objects.get(what="unmerged")
    assert "Take back" in owner.get(page).content.decode()
    owner.post(page, {"undo": change.pk})
    with tenant_connection(scope.schema):
        assert find_profile(scope, "anonymous_id", "a1") == find_profile(scope, "user_id", "u1")


def test_nothing_chosen_is_said(owner: Client, shopper):
    answer = owner.get(f"/admin/shoppers/{shopper.pk}/identity/", {"look": "1"})
    assert "Choose the names" in answer.content.decode()


def test_who_may_not_separate_is_refused(desk, shopper):
    page = f"/admin/shoppers/{shopper.pk}/identity/"
    assert desk("marketer").post(page, {"name": "00" * 16}).status_code == 403
    assert Profile.objects.count() == 2
