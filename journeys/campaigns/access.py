"""Who may change a campaign: the role's permission, or for a restricted one a permission on it (django-guardian)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from guardian.shortcuts import assign_perm, get_users_with_perms, remove_perm

from tenants import audit

from ..models import Campaign

CHANGE = "journeys.change_campaign"


def may_change(user: Any, campaign: Campaign) -> bool:
    """Everybody whose role changes campaigns; a restricted one only who was named, and the owners of the shop."""
    if not user.has_perm(CHANGE):
        return False
    if not campaign.restricted or user.is_superuser:
        return True
    return user.has_perm(CHANGE, campaign) or user.groups.filter(name="owner").exists()


def named(campaign: Campaign) -> list[Any]:
    """Who may change it when it is restricted."""
    users: Any = get_users_with_perms(
        campaign, only_with_perms_in=["change_campaign"], with_group_users=False
    )
    return list(users.order_by("username"))


@transaction.atomic
def restrict(campaign: Campaign, users: Sequence[Any], *, actor: str) -> None:
    """Only `users` (and the owners) may change the campaign; nobody named opens it to everybody whose role allows."""
    before = {user.pk: user for user in named(campaign)}
    wanted = {user.pk: user for user in users}
    if before.keys() == wanted.keys() and campaign.restricted == bool(wanted):
        return
    for user in before.keys() - wanted.keys():
        remove_perm(CHANGE, before[user], campaign)
    for user in wanted.keys() - before.keys():
        assign_perm(CHANGE, wanted[user], campaign)
    campaign.restricted = bool(wanted)
    campaign.save(update_fields=["restricted", "updated_at"])
    audit.record("campaign access changed", f"campaign:{campaign.pk}", actor, users=sorted(wanted))
