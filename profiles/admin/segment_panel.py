"""The segments on the page of a shopper."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from ..models import Profile
from ..segments.selectors import memberships


def segments(request: HttpRequest, profile: Profile) -> dict[str, Any] | None:
    """The live segments that the shopper is in; None for who may not see segments."""
    if not request.user.has_perm("profiles.view_segment"):  # type: ignore[union-attr]  # staff
        return None
    rows = memberships(request.tenant.schema_name, profile.pk)  # type: ignore[attr-defined]  # HostTenantMiddleware
    return {"template": "console/parts/shopper_segments.html", "rows": rows}
