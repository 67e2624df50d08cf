"""Imports of history: one to be described, one that is done with a line refused."""

from __future__ import annotations

import io
from types import SimpleNamespace

from django.utils import timezone

from profiles.imports.models import Import, ImportProblem
from profiles.imports.receive import receive
from tenants import keyring
from tenants.models import Tenant

FILE = b"customer_id,event,time,sku,colour\n42,Product Viewed,2025-01-01 10:00,m1,red\n43,Product Viewed,never,m1,blue\n"


def fill_imports(tenant: Tenant) -> SimpleNamespace:
    draft = receive(
        keyring.scope_of_tenant(tenant), io.BytesIO(FILE), name="history.csv", kind="events", actor="user:1"
    )
    done = Import.objects.create(
        name="orders.csv",
        kind="orders",
        status="done",
        size=2_000,
        position=2_000,
        end=2_000,
        lines=21,
        taken=19,
        rejected=1,
        digest="",
        created_by="user:1",
        finished_at=timezone.now(),
    )
    ImportProblem.objects.create(source=done, line=7, reason="invalid_value", detail="The line has no time.")
    return SimpleNamespace(draft_import=draft, done_import=done)


def import_pages(filled: SimpleNamespace) -> dict[str, str]:
    at = "/admin/profiles/import/"
    return {
        "event imports": at,
        "new event import": f"{at}add/",
        "event import": f"{at}{filled.draft_import.pk}/change/",
        "finished event import": f"{at}{filled.done_import.pk}/change/",
    }
