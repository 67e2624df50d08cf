"""The writer of audit records. Everything that changes something calls it, in the change's own transaction."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from tenants.workspace.models import AuditRecord


def record(action: str, target: str, actor: str, **details: Any) -> None:
    """`action` in the past tense ("key revoked"), `target` as "kind:id"; no personal data in any of them.

    The trail can't be changed later, so what has the form of personal data is taken out of the details here.
    """
    clean = _redactor(settings.AUDIT_REDACTOR)
    AuditRecord.objects.create(action=action, target=target, actor=actor, details=clean(details))


@lru_cache(maxsize=1)
def _redactor(name: str) -> Any:
    return import_string(name)


def staff(user: Any) -> str:
    return f"user:{user.pk}" if getattr(user, "pk", None) else "system"
