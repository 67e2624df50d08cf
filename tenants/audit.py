"""The writer of audit records. Everything that changes something calls it, in the change's own transaction."""

from __future__ import annotations

from typing import Any

from tenants.workspace.models import AuditRecord


def record(action: str, target: str, actor: str, **details: Any) -> None:
    """`action` in the past tense ("key revoked"), `target` as "kind:id"; no personal data in any of them."""
    AuditRecord.objects.create(action=action, target=target, actor=actor, details=details)


def staff(user: Any) -> str:
    return f"user:{user.pk}" if getattr(user, "pk", None) else "system"
