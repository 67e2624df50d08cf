"""Names for what audit records call who acted: staff by their names, API keys by theirs."""

from __future__ import annotations

from collections.abc import Iterable

from tenants.models import ApiKey
from tenants.workspace.models import User


def names_of(actors: Iterable[str], tenant_id: int | None) -> dict[str, str]:
    """ "user:ID" or "key:ID" → name, of those that are known. Keys are the tenant's own; without a tenant there are none."""
    actors = set(actors)
    people = User.objects.filter(pk__in=_numbers(actors, "user"))
    found = {f"user:{u.pk}": u.get_full_name() or u.username for u in people}
    if tenant_id:
        keys = ApiKey.objects.filter(tenant_id=tenant_id, pk__in=_numbers(actors, "key"))
        found |= {f"key:{key.pk}": f"API key “{key.name}”" for key in keys}
    return found


def _numbers(actors: set[str], kind: str) -> list[int]:
    pairs = (actor.partition(":") for actor in actors)
    return [int(number) for named, _, number in pairs if named == kind and number.isdigit()]
