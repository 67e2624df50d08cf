"""Who may change a journey: the role's permission, or for a restricted journey a permission on it (django-guardian)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from tenants import audit

from ..models import Journey

CHANGE = "journeys.change_journey"


def may_change(user: Any, journey: Journey) -> bool:
    """Everybody whose role changes journeys; a restricted one only who was named, and the owners of the shop."""
    if not user.has_perm(CHANGE):
        return False
    if not journey.restricted or user.is_superuser:
        return True
    return user.has_perm(CHANGE, journey) or user.groups.filter(name="owner").exists()


def give(user: Any, journey: Journey) -> None:
    """Name somebody as one who may change the journey, restricted or not."""
    if getattr(user, "pk", None):
        assign_perm(CHANGE, user, journey)


@transaction.atomic
def restrict(journey: Journey, users: list[Any], *, actor: str) -> None:
    """Only `users` (and the owners) may change the journey; an empty list opens it to everybody whose role allows."""
    from django.contrib.auth import get_user_model
    from guardian.shortcuts import get_users_with_perms

    before: Any = get_users_with_perms(journey, only_with_perms_in=["change_journey"], with_group_users=False)
    keep = {user.pk for user in users}
    for user in before:
        if user.pk not in keep:
            remove_perm(CHANGE, user, journey)
    for user in get_user_model().objects.filter(pk__in=keep):
        assign_perm(CHANGE, user, journey)
    journey.restricted = bool(users)
    journey.save(update_fields=["restricted", "updated_at"])
    audit.record("journey access changed", f"journey:{journey.pk}", actor, users=sorted(keep))
