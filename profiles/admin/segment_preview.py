"""The size of a definition while somebody builds it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tenants import keyring

from ..models import Profile
from ..segments.checking import problems
from ..segments.definition import BadDefinition, leaves, parse
from ..segments.preview import TooSlow, preview
from ..segments.selectors import facts
from ..segments.stock import NotReady
from ..segments.words import described
from . import people


def context(request: HttpRequest, definition: Any, key: str) -> dict[str, Any]:
    """Problems with their places, else the size, some members and the definition in words."""
    tenant: Any = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    known = facts(key, tenant.currency)
    try:
        node = parse(definition)
    except BadDefinition as error:
        return {"problems": [vars(problem) for problem in error.problems]}
    found = problems(node, known)
    result: dict[str, Any] = {
        "problems": [vars(problem) for problem in found],
        "empty": not any(True for _ in leaves(node)),
        "words": described(definition, known),
    }
    if found or result["empty"]:
        return result
    try:
        size = preview(keyring.scope_of_tenant(tenant), definition)
    except TooSlow:
        return {**result, "too_slow": True}
    except NotReady:
        return {**result, "not_ready": True}
    names = people.names(request, size.sample)
    rows = Profile.objects.in_bulk(size.sample)
    sample = [(pk, names.get(pk, str(rows[pk])), rows[pk].last_seen_at) for pk in size.sample if pk in rows]
    share = 100 * size.count / size.of if size.of else 0
    return {**result, "size": size, "share": share, "sample": sample}
