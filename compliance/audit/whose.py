"""Whose trail is meant: a tenant's, or the operators'."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.management.base import CommandError

from tenants.db import PUBLIC
from tenants.models import Tenant

from .sealing import OPERATOR


@dataclass(frozen=True, slots=True)
class Whose:
    schema: str
    tenant_id: int
    name: str


def whose(slug: str | None) -> Whose:
    """The trail of a tenant, None for the operators'. Raises CommandError when there is no such tenant."""
    if slug is None:
        return Whose(PUBLIC, OPERATOR, "operator")
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        known = ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
        raise CommandError(f"There is no tenant “{slug}”. There are: {known}.")
    return Whose(tenant.schema_name, tenant.pk, tenant.slug)
