"""Keys: hashed, scoped, revoked at once, rotated with an overlap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from tenants import keyring
from tenants.keys import create_key, digest, revoke_key, rotate_key
from tenants.models import ApiKey, Tenant
from tenants.provisioning import resume, suspend

PATH = "/api/v1/recommendations"
pytestmark = pytest.mark.usefixtures("committed")


def status(api: Callable[..., Client], token: str) -> int:
    return api(token).get(PATH).status_code


def test_only_the_hash_is_kept(tenant: Tenant) -> None:
    key, token = create_key(tenant=tenant, kind="secret", name="server")
    assert bytes(ApiKey.objects.get(pk=key.pk).digest) == digest(token)
    assert token not in str(ApiKey.objects.filter(pk=key.pk).values())


def test_a_revoked_key_is_refused_and_says_so(tenant: Tenant, api: Callable[..., Client]) -> None:
    key, token = create_key(tenant=tenant, kind="secret", name="server")
    assert status(api, token) == 200
    revoke_key(key, actor="test")
    response = api(token).get(PATH)
    assert response.status_code == 401
    assert response.json()["code"] == "revoked_key"


def test_another_process_learns_of_a_revocation_by_comparing_the_epoch(
    tenant: Tenant, api: Callable[..., Client]
) -> None:
    key, token = create_key(tenant=tenant, kind="secret", name="server")
    assert status(api, token) == 200
    remembered = dict(keyring._keys)
    revoke_key(key, actor="test")
    keyring._keys.update(remembered)  # as another process still remembers it
    keyring._seen_epoch = -1
    keyring.confirm()
    assert status(api, token) == 401


def test_rotation_keeps_the_old_key_for_the_overlap_only(
    tenant: Tenant, api: Callable[..., Client], time_machine
) -> None:
    key, token = create_key(tenant=tenant, kind="secret", name="server")
    _, successor = rotate_key(key, overlap=dt.timedelta(hours=1), actor="test")
    assert (status(api, token), status(api, successor)) == (200, 200)
    time_machine.move_to(timezone.now() + dt.timedelta(hours=2))
    assert (status(api, token), status(api, successor)) == (401, 200)


def test_a_suspended_tenants_keys_rest(tenant: Tenant, api: Callable[..., Client]) -> None:
    _, token = create_key(tenant=tenant, kind="secret", name="server")
    suspend(tenant, actor="test")
    assert status(api, token) == 403
    resume(tenant, actor="test")
    assert status(api, token) == 200


def test_a_publishable_key_cannot_have_a_secret_keys_scopes(tenant: Tenant) -> None:
    with pytest.raises(ValueError, match="catalog:write"):
        create_key(tenant=tenant, kind="publishable", name="browser", scopes=["catalog:write"])


def test_a_browser_key_is_bound_to_its_origins(tenant: Tenant, api: Callable[..., Client]) -> None:
    _, token = create_key(
        tenant=tenant, kind="publishable", name="browser", allowed_origins=["https://shop.example"]
    )
    assert api(token, origin="https://shop.example").get(PATH).status_code == 200
    assert api(token, origin="https://evil.example").get(PATH).status_code == 403
    assert api(token).get(PATH).status_code == 200


def test_only_what_a_browser_key_is_answered_may_be_read_by_a_page(
    api: Callable[..., Client], secret_key: str, publishable_key: str
) -> None:
    for token, readable in ((publishable_key, True), (secret_key, False)):
        answer = api(token, origin="https://shop.example").get(PATH)
        assert answer.status_code == 200
        assert ("Access-Control-Allow-Origin" in answer) is readable
        sent = {"type": "page", "userId": "u1", "writeKey": token}
        answer = api(origin="https://shop.example").post("/v1/page", sent, content_type="application/json")
        assert answer.status_code == 200
        assert ("Access-Control-Allow-Origin" in answer) is readable
