"""What a destination's settings may be: places, regions, secrets, personal data; every change leaves a record."""

from __future__ import annotations

import pytest

from tenants import credentials, keyring
from tenants.connectors import services
from tenants.connectors.base import Trouble
from tenants.connectors.links import open_link
from tenants.connectors.services import BadDestination, Draft
from tenants.crypto import Unreadable
from tenants.workspace.models import AuditRecord, ConnectorCredential, Destination

BUCKET = {
    "bucket": "lake", "prefix": "attune", "region": "eu-central-1", "endpoint": "", "style": "path", "location": "eu",
}  # fmt: skip
SECRET = {"access_key": "AK", "secret_key": "very secret"}


def draft(**fields) -> Draft:
    return Draft(
        **{"vendor": "folder", "name": "Lake", "config": {"folder": "lake"}, "streams": ("events",), **fields}
    )


def problems(scope, known=None, **fields) -> dict[str, str]:
    def save() -> None:
        if known:
            services.change(scope, known, draft(**fields), actor="user:1")
        else:
            services.create(scope, draft(**fields), history=False, actor="user:1")

    with pytest.raises(BadDestination) as caught:
        save()
    return dict(caught.value.problems)


@pytest.mark.parametrize("folder", ["../beta", "a/b", "/etc", "", ".hidden", "UPPER", "a\x00b"])
def test_a_folder_lies_below_the_tenants_own(tenant, inside, scope, folder):
    assert "folder" in problems(scope, config={"folder": folder})


def test_two_destinations_are_never_in_one_place(tenant, inside, scope):
    services.create(scope, draft(), history=False, actor="user:1")
    assert problems(scope, name="Other")["folder"] == "“Lake” leads there already."


def test_a_destination_does_not_move_away_from_its_files(tenant, inside, scope):
    made = services.create(scope, draft(), history=False, actor="user:1")
    assert "stays as it is" in problems(scope, made, config={"folder": "elsewhere"})["folder"]


def test_data_of_an_eu_shop_stays_in_the_eu(tenant, inside, scope):
    told = problems(
        scope, vendor="s3", config={**BUCKET, "region": "us-east-1", "location": "us"}, secret=SECRET
    )
    assert (
        told["region"]
        == "This shop's data stays in the European Union, and the destination is in the United States."
    )


def test_a_region_of_aws_is_not_somewhere_else(tenant, inside, scope):
    told = problems(scope, vendor="s3", config={**BUCKET, "region": "us-east-1"}, secret=SECRET)
    assert "us-east-1 is in another place" in told["location"]


def test_a_tenant_that_moved_sends_nothing_abroad(tenant, inside, scope):
    made = services.create(
        scope, draft(vendor="s3", config=BUCKET, secret=SECRET), history=False, actor="user:1"
    )
    tenant.region = "us"
    tenant.save()
    with pytest.raises(Trouble, match="stays in the United States"):
        open_link(scope, made)


def test_personal_data_needs_to_be_allowed(tenant, inside, scope):
    assert "personal data" in problems(scope, streams=("events", "identities"))["streams"]


def test_a_secret_is_sealed_kept_and_opens_for_nobody_else(tenant, rival, inside, scope):
    made = services.create(
        scope, draft(vendor="s3", config=BUCKET, secret=SECRET), history=False, actor="user:1"
    )
    assert b"very secret" not in bytes(made.credential.sealed)
    services.change(scope, made, draft(vendor="s3", config=BUCKET, name="Renamed"), actor="user:1")
    made = Destination.objects.get()
    assert open_link(scope, made).secret == SECRET
    with pytest.raises(Unreadable):
        credentials.read(keyring.scope_of_tenant(rival).tenant_id, made.credential)


def test_a_kept_secret_goes_nowhere_else(tenant, inside, scope):
    made = services.create(
        scope, draft(vendor="s3", config=BUCKET, secret=SECRET), history=False, actor="user:1"
    )
    moved = {**BUCKET, "region": "eu-west-1"}
    assert "type its secret again" in problems(scope, made, vendor="s3", config=moved)["secret"]


def test_every_change_leaves_a_record_and_no_secret(tenant, inside, scope):
    made = services.create(
        scope, draft(vendor="s3", config=BUCKET, secret=SECRET), history=True, actor="user:1"
    )
    target = f"destination:{made.pk}"
    services.pause(scope, made, actor="user:2")
    services.resume(scope, made, actor="user:2")
    services.change(scope, made, draft(vendor="s3", config=BUCKET, secret=SECRET), actor="user:1")
    services.remove(scope, made, with_data=False, actor="user:3")
    found = AuditRecord.objects.filter(target=target).order_by("pk")
    assert [(one.action, one.actor) for one in found] == [
        ("destination added", "user:1"),
        ("destination paused", "user:2"),
        ("destination resumed", "user:2"),
        ("destination changed", "user:1"),
        ("destination removed", "user:3"),
    ]
    assert "very secret" not in repr([one.details for one in found])
    assert not ConnectorCredential.objects.exists()
    assert not Destination.objects.exists()
