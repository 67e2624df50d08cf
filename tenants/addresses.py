"""Where a tenant's pages and its API are, for addresses that are opened from elsewhere."""

from __future__ import annotations

from django.conf import settings

from .models import Domain


def base_url(tenant_id: int) -> str:
    """With scheme and, where there is one, port; without a slash at the end."""
    host = (
        Domain.objects.filter(tenant_id=tenant_id)
        .order_by("-is_primary", "pk")
        .values_list("domain", flat=True)
        .first()
    )
    return settings.PUBLIC_URL.format(host=host or "localhost").rstrip("/")
