"""Owners manage the team; nobody becomes more than a role allows."""

from __future__ import annotations

from django.contrib.auth.models import Group

from tenants.db import tenant_connection
from tenants.workspace.models import User

LIST = "/admin/workspace/user/"
NEW = {
    "username": "nina", "email": "nina@alpha.example", "first_name": "Nina", "last_name": "",
    "password1": "a long enough secret", "password2": "a long enough secret", "usable_password": "true",
}  # fmt: skip


def _role(tenant, name):
    with tenant_connection(tenant.schema_name):
        return str(Group.objects.get(name=name).pk)


def test_a_new_teammate_gets_one_role_and_no_more(console, tenant):
    form = {**NEW, "role": _role(tenant, "marketer"), "is_superuser": "on"}
    assert console("owner").post(f"{LIST}add/", form).status_code == 302
    with tenant_connection(tenant.schema_name):
        nina = User.objects.get(username="nina")
        assert (nina.is_staff, nina.is_superuser) == (True, False)
        assert [group.name for group in nina.groups.all()] == ["marketer"]


def test_the_last_owner_stays_one(console, tenant):
    owner = console("owner")
    with tenant_connection(tenant.schema_name):
        user = User.objects.get(username="owner")
    form = {
        "username": "owner",
        "email": user.email,
        "time_zone": "UTC",
        "role": _role(tenant, "analyst"),
        "is_active": "on",
    }
    answer = owner.post(f"{LIST}{user.pk}/change/", form)
    assert "This is the last owner" in answer.content.decode()
    assert owner.post(f"{LIST}{user.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_marketer_cannot_add_teammates(console, tenant):
    assert console("marketer").post(f"{LIST}add/", NEW).status_code == 403
