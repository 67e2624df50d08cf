"""Changes of rules: the change, its audit record, and the epoch that outdates cached answers."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from tenants import audit, epochs

from ..models import Placement, Rule
from .forms import BadRule, RuleForm, stored


@transaction.atomic
def create_rule(schema: str, form: RuleForm, *, actor: str, user: Any = None) -> Rule:
    """Raises `BadRule` for a placement that does not exist."""
    rule = Rule(created_by=user)
    _fill(rule, form)
    rule.save()
    audit.record("rule created", f"rule:{rule.pk}", actor, rule=summary(rule))
    epochs.bump(schema, "rules")
    return rule


@transaction.atomic
def change_rule(schema: str, rule: Rule, form: RuleForm, *, actor: str) -> Rule:
    """Raises `BadRule` for a placement that does not exist. A form that changes nothing leaves no trace."""
    before = summary(rule)
    _fill(rule, form)
    after = summary(rule)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        rule.save()
        audit.record("rule changed", f"rule:{rule.pk}", actor, changed=changed)
        epochs.bump(schema, "rules")
    return rule


@transaction.atomic
def delete_rule(schema: str, rule: Rule, *, actor: str) -> None:
    audit.record("rule deleted", f"rule:{rule.pk}", actor, rule=summary(rule))
    rule.delete()
    epochs.bump(schema, "rules")


def summary(rule: Rule) -> dict[str, Any]:
    """A rule as plain JSON, as the audit and the API show it."""
    return {
        "name": rule.name,
        "action": rule.action,
        "match": rule.match,
        "position": rule.position,
        "weight": rule.weight,
        "placement": rule.placement.key if rule.placement else None,
        "starts_at": rule.starts_at.isoformat() if rule.starts_at else None,
        "ends_at": rule.ends_at.isoformat() if rule.ends_at else None,
        "enabled": rule.enabled,
    }


def _fill(rule: Rule, form: RuleForm) -> None:
    placement = None
    if form.placement is not None:
        placement = Placement.objects.filter(key=form.placement.replace("\x00", "")).first()
        if placement is None:
            raise BadRule("placement", f"there is no placement “{form.placement[:40]}”.", "unknown_placement")
    rule.placement = placement
    rule.match = stored(form.match)
    for name in ("name", "action", "position", "weight", "starts_at", "ends_at", "enabled"):
        setattr(rule, name, getattr(form, name))
