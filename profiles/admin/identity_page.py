"""Shoppers → a shopper → Identity: what joined the names, what was refused, what changed; taken apart and joined again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants import audit, keyring
from tenants.console import tenant_site
from tenants.models import Tenant
from tenants.scope import Scope

from ..identity.models import IdentityChange, Link
from ..identity.regroup import Busy
from ..identity.selectors import identity_of
from ..identity.unmerge import NotPossible, preview, undo, unmerge
from ..models import Profile
from ..retention.months import kept_since
from . import people
from .identity_drawing import draw

MAY_CHANGE = "profiles.change_identitychange"
MOST_NAMES = 1_000  # as one cluster has (identity.graph)
MOST_DIGITS = 18


def page(request: HttpRequest, profile_id: int) -> HttpResponse:
    """GET shows it, with `name` (several) also what would move; POST separates, or with `undo` joins again."""
    user: Any = request.user
    tenant: Any = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    scope = keyring.scope_of_tenant(Tenant.objects.select_related("plan").get(pk=tenant.pk))
    profile = get_object_or_404(Profile, pk=profile_id)
    if request.method == "POST":
        if not user.has_perm(MAY_CHANGE):
            raise PermissionDenied
        return _change(request, scope, profile)
    audit.record("personal data viewed", f"profile:{profile.uuid}", audit.staff(user))
    identity = identity_of(scope, profile, people.traits(tenant.pk, profile))
    chosen = _names(request.GET.getlist("name"))
    moves, wrong = None, ""
    if chosen or "look" in request.GET:
        try:
            moves = preview(scope, profile, chosen)
        except NotPossible as error:
            wrong = str(error)
    best = next((people.said(i) for i in people.identities(tenant.pk, [profile.pk]) if i.value), str(profile))
    return tenant_site.render(
        request,
        "console/identity.html",
        f"Identity of {best}",
        [
            ("Shoppers", None),
            (best, reverse("admin:profiles_profile_change", args=[profile.pk])),
            ("Identity", None),
        ],
        profile=profile,
        identity=identity,
        drawing=draw(identity),
        chosen={blind.hex() for blind in chosen},
        moves=moves,
        kept_since=kept_since(scope.schema) if moves else None,
        wrong=wrong,
        may_change=user.has_perm(MAY_CHANGE),
        changes=[(change, _open(change)) for change in identity.changes],
    )


def _change(request: HttpRequest, scope: Scope, profile: Profile) -> HttpResponse:
    actor = audit.staff(request.user)
    try:
        if "undo" in request.POST:
            change = undo(scope, _of(profile, request.POST["undo"]), actor=actor)
            messages.success(request, _("They are one shopper again, as far as what was said joins them."))
            target = change.kept_id
        else:
            names = _names(request.POST.getlist("name"))
            why = request.POST.get("why", "").replace("\x00", "").strip()
            change = unmerge(scope, profile.pk, names, actor=actor, why=why)
            messages.success(request, _("Separated. The two stay apart until you take it back on this page."))
            target = profile.pk
    except (NotPossible, Busy) as error:
        messages.error(request, str(error))
        target = profile.pk
    if not Profile.objects.filter(pk=target).exists():
        return redirect("admin:profiles_profile_changelist")
    return redirect("admin:shopper_identity", target)


def _of(profile: Profile, text: str) -> int:
    """The number of a change of this shopper; 404 for another's, and for what is no number of a change."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        raise Http404
    mine = IdentityChange.objects.filter(kept_id=profile.pk) | IdentityChange.objects.filter(
        other_id=profile.pk
    )
    return get_object_or_404(mine, pk=int(digits)).pk


def _names(given: list[str]) -> set[bytes]:
    """Of what is no name, something that nobody is called: it is then said not to be the shopper's."""
    names = set()
    for text in given[:MOST_NAMES]:
        try:
            names.add(bytes.fromhex(text))
        except ValueError:
            names.add(b"?")
    return names


def _open(change: IdentityChange) -> bool:
    """Whether it is a separation that can be taken back."""
    return change.what == IdentityChange.What.UNMERGED and any(
        cut.undone_at is None for cut in change.cuts.all()
    )


def panel(request: HttpRequest, profile: Profile) -> dict[str, Any] | None:
    """settings.SHOPPER_PANELS: the way to this page; None for who may not read names."""
    if not request.user.has_perm(people.READ_IDENTITIES):  # type: ignore[union-attr]  # staff
        return None
    names = [bytes(blind) for blind in profile.identifiers.values_list("blind", flat=True)]
    refused = Link.objects.filter(a__in=names) | Link.objects.filter(b__in=names)
    return {
        "template": "console/parts/shopper_identity.html",
        "profile": profile,
        "names": len(names),
        "refused": refused.exclude(refused="").count(),
        "merged": IdentityChange.objects.filter(kept_id=profile.pk, what="merged").count(),
    }


tenant_site.page(
    "shoppers/<int:profile_id>/identity/", page, name="shopper_identity", permission=people.READ_IDENTITIES
)
