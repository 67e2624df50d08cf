"""Whose console this is."""

from __future__ import annotations

from django.http import HttpRequest


def tenant_name(request: HttpRequest) -> str:
    tenant = getattr(request, "tenant", None)
    return tenant.name if tenant else "Attune"
