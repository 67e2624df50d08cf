"""Who may enter the demo: staff with passwords, keys for the API. Written once, read again by later runs."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from tenants.db import PUBLIC, tenant_connection
from tenants.keyring import Refused, forget, scope_of_key
from tenants.keys import create_key
from tenants.models import Tenant

ROLES = ("owner", "marketer", "analyst", "developer", "compliance officer")


class Secrets:
    """The demo's passwords and keys, in a file that only its owner can read."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or settings.VAR_DIR / "demo-keys.json"
        self.values: dict[str, Any] = json.loads(self.path.read_text()) if self.path.exists() else {}

    def of(self, name: str) -> dict[str, str]:
        return self.values.setdefault(name, {})

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            json.dump(self.values, handle, indent=1)
        os.replace(partial, self.path)


def ensure_operator(known: Secrets) -> None:
    with tenant_connection(PUBLIC):
        _ensure_user(known.of("operator"), "operator", "operator@attune.localhost", superuser=True)
    known.save()


def ensure_staff(tenant: Tenant, known: Secrets) -> None:
    """One member of staff per role; the owner's password is the one that is printed."""
    mine = known.of(tenant.slug)
    with tenant_connection(tenant.schema_name):
        for role in ROLES:
            name = role.partition(" ")[0]
            _ensure_user(mine, name, f"{name}@{tenant.slug}.localhost", group=role)
    known.save()


@transaction.atomic
def ensure_keys(tenant: Tenant, known: Secrets) -> None:
    """A secret and a publishable key that work; the shop window gets its own publishable one."""
    mine = known.of(tenant.slug)
    forget()
    for name, kind in (("secret", "secret"), ("publishable", "publishable")):
        if mine.get(name) and not isinstance(scope_of_key(mine[name]), Refused):
            continue
        _, mine[name] = create_key(tenant=tenant, kind=kind, name=f"Demo ({name})")
    known.save()
    if tenant.settings.get("shop_publishable_key") != mine["publishable"]:
        tenant.settings = {**tenant.settings, "shop": True, "shop_publishable_key": mine["publishable"]}
        tenant.save(update_fields=["settings"])


def _ensure_user(
    known: dict[str, str], username: str, email: str, *, group: str = "", superuser: bool = False
) -> None:
    model = get_user_model()
    user = model.objects.filter(username=username).first()
    password = known.setdefault(f"{username}_password", secrets.token_urlsafe(9))
    if user is not None:
        return
    user = model.objects.create_user(
        username=username, email=email, password=password, is_staff=True, is_superuser=superuser
    )
    if group:
        user.groups.add(Group.objects.get(name=group))
