"""A key is shown once; it belongs to one tenant."""

from __future__ import annotations

from tenants.keys import create_key
from tenants.models import ApiKey

LIST = "/admin/tenants/apikey/"


def test_a_new_key_works_and_is_shown_only_once(console, tenant, api):
    browser = console("developer")
    answer = browser.post(f"{LIST}add/", {"name": "Web shop", "kind": "publishable", "scopes": ["recommend"]})
    token = answer.context["token"]
    assert token in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert api(token).get("/api/v1/recommendations?anonymous_id=a").status_code == 200
    key = ApiKey.objects.get(name="Web shop")
    assert token not in browser.get(f"{LIST}{key.pk}/change/").content.decode()
    assert key.scopes == ["recommend"]


def test_a_publishable_key_cannot_be_given_more_than_browsers_may(console):
    form = {"name": "x", "kind": "publishable", "scopes": ["catalog:write"]}
    answer = console("developer").post(f"{LIST}add/", form)
    assert "may only send events" in answer.content.decode()
    assert not ApiKey.objects.filter(name="x").exists()


def test_an_origin_must_be_one(console):
    form = {"name": "x", "kind": "secret", "allowed_origins": "https://shop.example/path"}
    assert "is not an origin" in console("developer").post(f"{LIST}add/", form).content.decode()


def test_rotating_shows_the_successor_and_ends_the_old_one(console, tenant):
    key, _ = create_key(tenant=tenant, kind="secret", name="server")
    answer = console("owner").post(f"{LIST}{key.pk}/rotate/", {"hours": "24"})
    key.refresh_from_db()
    assert answer.context["token"].startswith("sk_alpha_")
    assert key.expires_at is not None


def test_revoking_is_for_good(console, tenant):
    key, _ = create_key(tenant=tenant, kind="secret", name="server")
    console("owner").post(f"{LIST}{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_keys_of_another_tenant_are_not_there(console, rival):
    key, _ = create_key(tenant=rival, kind="secret", name="theirs")
    owner = console("owner")
    assert "theirs" not in owner.get(LIST).content.decode()
    assert owner.get(f"{LIST}{key.pk}/change/").status_code == 302
    assert owner.post(f"{LIST}{key.pk}/revoke/").status_code == 404
    assert owner.post(f"{LIST}{key.pk}/rotate/", {"hours": "1"}).status_code == 404


def test_revoking_needs_a_post(console, tenant):
    key, _ = create_key(tenant=tenant, kind="secret", name="server")
    assert console("owner").get(f"{LIST}{key.pk}/revoke/").status_code == 405
