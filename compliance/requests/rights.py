"""Who may approve: no role may in general. A verified request gives the right for itself, and takes it back at its end.

The right is django-guardian's on the single request, so an owner can also give it to one more person for one request.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from guardian.core import ObjectPermissionChecker
from guardian.models import GroupObjectPermission, UserObjectPermission
from guardian.shortcuts import assign_perm

from ..models import SubjectRequest

APPROVE = "approve_subjectrequest"
ROLES = ("owner", "compliance officer")


def grant(request: SubjectRequest) -> None:
    with _own_content_types():
        for group in Group.objects.filter(name__in=ROLES):
            assign_perm(APPROVE, group, request)


def grant_to(request: SubjectRequest, user: Any) -> None:
    """Let one more member of staff approve this one request."""
    with _own_content_types():
        assign_perm(APPROVE, user, request)


def revoke(request: SubjectRequest) -> None:
    with _own_content_types():
        for model in (GroupObjectPermission, UserObjectPermission):
            model.objects.filter(
                object_pk=str(request.pk), content_type=ContentType.objects.get_for_model(SubjectRequest)
            ).delete()


def may_approve(request: SubjectRequest, user: Any) -> bool:
    if not user.is_active:
        return False
    with _own_content_types():
        return bool(user.is_superuser or ObjectPermissionChecker(user).has_perm(APPROVE, request))


def may_lift(user: Any) -> bool:
    """Whether they may undo that an erased person is refused: who may approve, long after the request's own right ended."""
    return bool(user.is_active and (user.is_superuser or user.groups.filter(name__in=ROLES).exists()))


@contextmanager
def _own_content_types() -> Iterator[None]:
    # Django remembers the ids of content types for the process; they differ between schemas.
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        ContentType.objects.clear_cache()
