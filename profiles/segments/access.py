"""Who may change a segment: the role's permission, or for a restricted one a permission on it (django-guardian)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from guardian.shortcuts import assign_perm, get_users_with_perms, remove_perm

from tenants import audit

from .models import Segment

CHANGE = "profiles.change_segment"


def may_change(user: Any, segment: Segment) -> bool:
    """Everybody whose role changes segments; a restricted one only who was named, and the owners of the shop."""
    if not user.has_perm(CHANGE):
        return False
    if not segment.restricted or user.is_superuser:
        return True
    return user.has_perm(CHANGE, segment) or user.groups.filter(name="owner").exists()


def named(segment: Segment) -> list[Any]:
    """Who may change it when it is restricted."""
    users: Any = get_users_with_perms(segment, only_with_perms_in=["change_segment"], with_group_users=False)
    return list(users.order_by("username"))


@transaction.atomic
def name_editors(segment: Segment, users: Sequence[Any], *, actor: str) -> None:
    """Only `users` (and the owners) may change the segment while it is restricted."""
    before = {user.pk: user for user in named(segment)}
    wanted = {user.pk: user for user in users}
    if before.keys() == wanted.keys():
        return
    for user in before.keys() - wanted.keys():
        remove_perm(CHANGE, before[user], segment)
    for user in wanted.keys() - before.keys():
        assign_perm(CHANGE, wanted[user], segment)
    audit.record("segment access changed", f"segment:{segment.pk}", actor, users=sorted(wanted))
