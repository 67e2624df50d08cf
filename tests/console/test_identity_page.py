"""The page of a shopper's identity: names and what joined them; separated with a preview, and taken back."""

import re

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from profiles.identity.models import IdentityChange
from profiles.identity.unmerge import unmerge
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
    text = owner.get(page).content.decode()
    assert "Take back" in text
    assert "1 event, 1 act<" in text
    owner.post(page, {"undo": change.pk})
    with tenant_connection(scope.schema):
        assert find_profile(scope, "anonymous_id", "a1") == find_profile(scope, "user_id", "u1")


def test_a_long_name_is_written_out_in_the_list(owner: Client, scope, secret_key, api):
    address = "a.rather.long.address@shop.example"
    body = orjson.dumps(event("identify", userId="u9", traits={"email": address}))
    assert api(secret_key).post("/v1/identify", body, content_type="application/json").status_code == 200
    with tenant_connection(scope.schema):
        while run_once(scope):
            pass
        shopper = find_profile(scope, "user_id", "u9")
        assert shopper is not None
    text = owner.get(f"/admin/shoppers/{shopper.pk}/identity/").content.decode()
    assert f"<strong>{address}</strong>" in text


def test_nothing_chosen_is_said(owner: Client, shopper):
    answer = owner.get(f"/admin/shoppers/{shopper.pk}/identity/", {"look": "1"})
    assert "Choose the names" in answer.content.decode()


def test_who_may_not_separate_is_refused(desk, shopper):
    page = f"/admin/shoppers/{shopper.pk}/identity/"
    assert desk("marketer").post(page, {"name": "00" * 16}).status_code == 403
    assert Profile.objects.count() == 2


NONSENSE = ["99999999999999999999", "-1", "1e3", "", "null", "\u0661", "1;DROP", "\x00"]


@pytest.mark.parametrize("text", NONSENSE)
def test_what_is_no_change_is_not_found(owner: Client, shopper, text):
    assert owner.post(f"/admin/shoppers/{shopper.pk}/identity/", {"undo": text}).status_code == 404


def test_a_change_of_another_shopper_is_not_found(owner: Client, shopper, scope):
    with tenant_connection(scope.schema):
        other = find_profile(scope, "user_id", "u2")
        assert other is not None
        names = [bytes(n.blind) for n in shopper.identifiers.filter(kind="anonymous_id")]
        change = unmerge(scope, shopper.pk, names, actor="owner")
    assert owner.post(f"/admin/shoppers/{other.pk}/identity/", {"undo": change.pk}).status_code == 404
    with tenant_connection(scope.schema):
        assert change.cuts.filter(undone_at=None).exists()


@pytest.mark.parametrize("name", ["zz", "00", "00" * 16, "ff" * 5000, "\x00"])
def test_names_that_nobody_has_are_said(owner: Client, shopper, name):
    page = f"/admin/shoppers/{shopper.pk}/identity/"
    answer = owner.post(page, {"name": name, "why": "a\x00b"}, follow=True)
    assert "Some of these names are not this shopper" in answer.content.decode()
    assert "Some of these names are not this shopper" in owner.get(page, {"name": name}).content.decode()


def test_a_shopper_of_another_tenant_is_not_found(owner: Client, shopper, rival):
    with tenant_connection(rival.schema_name):
        stranger = Profile.objects.create(
            pk=shopper.pk + 1000, first_seen_at=timezone.now(), last_seen_at=timezone.now()
        )
    for number in (stranger.pk, 99999999999999999999):
        assert owner.get(f"/admin/shoppers/{number}/identity/").status_code == 404
        assert owner.post(f"/admin/shoppers/{number}/identity/", {"undo": "1"}).status_code == 404
