"""A template filled in for a shopper, as it stands in the form or as it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from catalog.models import Item
from profiles.admin import people
from profiles.models import Interaction, Profile
from tenants import keyring
from tenants.scope import Scope

from ..messages.liquid import BrokenTemplate, check
from ..messages.render import Rendered
from ..models import MessageTemplate
from ..selectors.facts import placements
from ..services.previews import deliver_test, fill_in
from .letters import may_read_names, unfollowed
from .template_form import PARTS

# The forms' own labels, for sentences about what is broken.
_LABEL = {"subject": "Subject", "html": "HTML", "text": "Plain text"}


@dataclass(slots=True)
class Draft:
    """The fields of a template that is being edited."""

    subject: str
    html: str
    text: str
    channel: str
    kind: str


def preview_of(request: HttpRequest) -> dict[str, Any]:
    """Context for console/journeys/parts/preview.html."""
    draft = _saved(request) or Draft(*(request.POST.get(name, "") for name in (*PARTS, "channel", "kind")))
    problems = _problems(draft)
    shopper, sentence = shopper_named(request, request.POST.get("preview_for", ""))
    if sentence:
        return {"problems": [sentence]}
    if problems:
        return {"problems": problems}
    try:
        rendered = _filled(request, draft, shopper)
    except BrokenTemplate as error:
        return {"problems": [str(error)]}
    names = people.names(request, [shopper.pk]) if shopper else {}
    return {
        "subject": rendered.subject,
        "html": unfollowed(rendered.html),
        "text": rendered.text,
        "shopper": (names.get(shopper.pk) or str(shopper)) if shopper else "",
    }


def _saved(request: HttpRequest) -> Draft | None:
    """The template as it is on file, for who may look at it but has no form."""
    said = request.POST.get("saved", "")
    template = (
        MessageTemplate.objects.filter(pk=said).first() if said.isdecimal() and len(said) < 19 else None
    )
    return Draft(*(getattr(template, name) for name in (*PARTS, "channel", "kind"))) if template else None


def _problems(draft: Draft) -> list[str]:
    found = []
    there = placements()
    for part in PARTS:
        try:
            check(getattr(draft, part), part == "html", there)
        except BrokenTemplate as error:
            found.append(f"{_LABEL[part]}: {error}")
    return found


def shopper_named(request: HttpRequest, text: str) -> tuple[Profile | None, str]:
    """Who is known by exactly this text, or the one seen last; else a sentence."""
    if not text.strip():
        return Profile.objects.order_by("-last_seen_at").first(), ""
    found = people.find(request.tenant.pk, text)  # type: ignore[attr-defined]  # HostTenantMiddleware
    shopper = Profile.objects.filter(pk__in=found).first()
    return shopper, "" if shopper else "Nobody is known by this customer number or e-mail."


def test_send(request: HttpRequest, template: MessageTemplate, shopper: Profile | None) -> str:
    """Puts the saved template into the sandbox's inbox; a sentence when that is not possible."""
    if shopper is None:
        return "A test needs a shopper, and there is none yet."
    try:
        deliver_test(_scope(request), template, shopper, _filled(request, template, shopper))
    except BrokenTemplate as error:
        return str(error)
    return ""


def _filled(request: HttpRequest, template: Draft | MessageTemplate, shopper: Profile | None) -> Rendered:
    event = latest_event(shopper) if shopper else {}
    return fill_in(_scope(request), template, shopper, event=event, personal=may_read_names(request))


def latest_event(shopper: Profile) -> Mapping[str, Any]:
    """What the journey's first event might have said: the product that the shopper dealt with last."""
    last = Interaction.objects.filter(profile_id=shopper.pk, item_id__isnull=False).order_by("-at").first()
    item = Item.objects.filter(pk=last.item_id).first() if last else None
    if item is None:
        return {}
    properties: dict[str, Any] = {
        "product_id": item.external_id,
        "name": item.title,
        "brand": item.brand,
        "url": item.url,
    }
    if item.price is not None:
        properties |= {"price": float(item.price), "value": float(item.price), "currency": item.currency}
    return {
        "name": "Product Added",
        "properties": {**properties, "products": [properties]},
        "at": timezone.now().isoformat(),
    }


def _scope(request: HttpRequest) -> Scope:
    return keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
