"""Who may change an experiment: the role's permission, or for a restricted one a permission on it (django-guardian)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from guardian.shortcuts import assign_perm, get_users_with_perms, remove_perm

from tenants import audit

from ..models import Experiment

CHANGE = "experiments.change_experiment"


def may_change(user: Any, experiment: Experiment) -> bool:
    """Everybody whose role changes experiments, and who was named; a restricted one only who was named, and owners."""
    named = user.has_perm(CHANGE, experiment)
    if not experiment.restricted:
        return bool(named or user.has_perm(CHANGE))
    return bool(named or user.is_superuser or user.groups.filter(name="owner").exists())


def named_users(experiment: Experiment) -> list[Any]:
    """Who has a permission on this very experiment."""
    found: Any = get_users_with_perms(
        experiment, only_with_perms_in=["change_experiment"], with_group_users=False
    )
    return list(found.order_by("username"))


@transaction.atomic
def name_users(experiment: Experiment, users: list[Any], *, restricted: bool, actor: str) -> None:
    """Let exactly `users` change it by name; `restricted`: nobody else but the owners may."""
    keep = {user.pk for user in users}
    for user in named_users(experiment):
        if user.pk not in keep:
            remove_perm(CHANGE, user, experiment)
    for user in get_user_model().objects.filter(pk__in=keep):
        assign_perm(CHANGE, user, experiment)
    experiment.restricted = restricted
    experiment.save(update_fields=["restricted", "updated_at"])
    audit.record(
        "experiment access changed", f"experiment:{experiment.pk}", actor,
        users=sorted(keep), restricted=restricted,
    )  # fmt: skip
