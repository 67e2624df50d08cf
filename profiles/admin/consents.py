"""What a shopper has agreed to, on the shopper's page: state, history, and a word that reached staff another way."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from compliance.consent import BadChoice, Choice
from compliance.models import ConsentRecord
from compliance.models.consent import Channel, LawfulBasis, Purpose
from tenants import audit, keyring
from tenants.console import tenant_site
from tenants.models import ApiKey
from tenants.workspace.models import User

from ..consent_view import ROWS, consent_view
from ..consents import set_consent
from ..models import Profile

TEMPLATE = "console/parts/shopper_consents.html"
MAY_SEE, MAY_CHANGE = "compliance.view_consent", "compliance.change_consent"
SHOWN = 8
MOST = 200
HEARD = {"telephone": "by telephone", "e-mail": "by e-mail", "letter": "by letter", "in person": "in person"}
_SOURCES = {
    "api": "your server",
    "event": "your server’s events",
    "browser": "the browser",
    "gpc": "Global Privacy Control",
    "shop": "the shop",
    "preferences": "the shopper’s choice, by your server",
    "browser preferences": "the shopper’s choice in the browser",
    "objection": "an objection",
    "restriction": "a restriction",
    "unsubscribe": "an unsubscribe link",
    "console": "the console",
}


def panel(request: HttpRequest, profile: Profile) -> dict[str, Any] | None:
    """None for who may not see consents."""
    user: Any = request.user
    if not user.has_perm(MAY_SEE):
        return None
    scope = keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
    states = consent_view(scope, profile.pk, history=0)["consents"]
    history = list(ConsentRecord.objects.filter(profile_id=profile.pk)[:MOST])
    names = _names(history)
    words = [
        {
            "label": label_of(row.purpose, row.channel),
            "granted": row.granted,
            "at": row.at,
            "source": source_said(row.source),
            "who": names.get(row.actor, ""),
            "text_version": row.text_version,
            "basis": LawfulBasis(row.lawful_basis).label if row.lawful_basis in LawfulBasis.values else "",
        }
        for row in history
    ]
    return {
        "template": TEMPLATE,
        "profile": profile,
        "rows": [_row(key, state) for key, state in zip(ROWS, states, strict=True)],
        "recent": words[:SHOWN],
        "older": words[SHOWN:],
        "heard": HEARD.items(),
        "may_change": user.has_perm(MAY_CHANGE),
    }


def change(request: HttpRequest, profile_id: int) -> HttpResponse:
    """One word of the shopper, brought by staff; the panel as it is then."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    profile = get_object_or_404(Profile, pk=profile_id)
    heard = request.POST.get("heard", "")
    if heard not in HEARD or request.POST.get("granted") not in ("yes", "no"):
        raise Http404("That is not a word of a shopper.")
    choice = Choice(
        request.POST.get("purpose", ""),
        request.POST.get("channel", ""),
        request.POST["granted"] == "yes",
        source=f"console: {heard}",
    )
    scope = keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
    try:
        changed = set_consent(scope, profile.pk, [choice], actor=audit.staff(request.user))
    except BadChoice as error:
        raise Http404(str(error)) from error
    profile.refresh_from_db()
    said = _("Noted. It holds from now on.") if changed else _("That was known already.")
    return render(request, TEMPLATE, {"panel": {**(panel(request, profile) or {}), "said": said}})


def source_said(source: str) -> str:
    """A source in words; a merchant's own stay as they are."""
    name, _, heard = source.partition(": ")
    return HEARD.get(heard) or _SOURCES.get(name, source)


def _row(key: tuple[str, str], state: dict[str, Any]) -> dict[str, Any]:
    purpose, channel = key
    return {
        **state,
        "label": label_of(purpose, channel, short=True),
        "full": label_of(purpose, channel),
        "channel": channel,
        "inside": bool(channel),
        "source": source_said(state["source"]) if state["source"] else "",
        "slug": f"{purpose}-{channel or 'all'}",
    }


def label_of(purpose: str, channel: str, *, short: bool = False) -> str:
    """What people call a purpose, or marketing on one channel."""
    if channel:
        name = str(Channel(channel).label) if channel in Channel.values else channel
        return name if short else f"Marketing: {name}"
    return str(Purpose(purpose).label) if purpose in Purpose.values else purpose


def _names(history: list[ConsentRecord]) -> dict[str, str]:
    """Actor → what people call it."""
    actors = {row.actor for row in history}
    staff = [a.removeprefix("user:") for a in actors if a.startswith("user:")]
    keys = [a.removeprefix("key:") for a in actors if a.startswith("key:")]
    people = User.objects.filter(pk__in=[i for i in staff if i.isdigit()])
    found = {f"user:{u.pk}": u.get_full_name() or u.username for u in people}
    for key in ApiKey.objects.filter(pk__in=[i for i in keys if i.isdigit()]):
        found[f"key:{key.pk}"] = f"key “{key.name}”"
    return found


tenant_site.page("shoppers/<int:profile_id>/consent/", change, name="shopper_consent", permission=MAY_CHANGE)
