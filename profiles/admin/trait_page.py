"""One computed trait's page: what the builder offers, what a form means, what a trial shows."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest
from django.urls import reverse

from tenants import audit, keyring

from ..models import Profile
from ..retention.months import kept_since
from ..traits import services
from ..traits.functions import FUNCTIONS, NUMBERS
from ..traits.measure import ACT_PROPERTIES, ACTS, PAGE, SCREEN, Measure, parse
from ..traits.models import ComputedTrait, SeenEvent
from ..traits.progress import left_out, progress_of
from ..traits.services import BadTrait, TraitForm
from ..traits.trial import try_measure
from ..traits.uses import uses_of
from ..traits.where import WORDS
from . import facts, people

# Sentences that most shops begin with.
READY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Purchases in 90 days", "How often they bought an item in three months.", {"source": "act", "act": "bought", "function": "count", "days": 90}),
    ("Favourite brand", "Of which brand they bought most often.", {"source": "act", "act": "bought", "function": "most_frequent", "property": "brand"}),
    ("Average line value", "What a line of their orders is worth.", {"source": "act", "act": "bought", "function": "average", "property": "value", "days": 365}),
    ("Categories looked at", "What they looked at in a month.", {"source": "act", "act": "viewed", "function": "unique_list", "property": "category", "days": 30}),
    ("Last order", "When they ordered last, of orders that came as events.", {"source": "event", "event": "Order Completed", "function": "last", "property": "@time", "shown": "date"}),
)  # fmt: skip


def catalogue() -> dict[str, Any]:
    """Everything the builder's script needs, as plain JSON."""
    return {
        "functions": [
            {
                "value": f.name,
                "label": f.words,
                "property": f.needs_property,
                "number": f.name in NUMBERS,
            }
            for f in FUNCTIONS.values()
        ],
        "acts": [{"value": name, "label": f"items {verb}"} for name, (verb, _) in ACTS.items()],
        "actProperties": [{"path": path, "kind": kind} for path, kind in ACT_PROPERTIES.items()],
        **seen_events(),
    }


def seen_events() -> dict[str, Any]:
    """Events that came with their properties, and the operators of conditions on these."""
    rows = SeenEvent.objects.order_by("shown").values_list("shown", "properties")
    return {
        "events": [
            {"name": shown, "properties": [{"path": p, "kind": k} for p, k in sorted(properties.items())]}
            for shown, properties in rows
        ]
        + [
            {
                "name": PAGE,
                "properties": [{"path": "name", "kind": "text"}, {"path": "path", "kind": "text"}],
            },
            {"name": SCREEN, "properties": [{"path": "name", "kind": "text"}]},
        ],
        "whereOps": [{"value": op, "label": words} for op, words in WORDS.items()],
    }


def submitted(request: HttpRequest) -> TraitForm:
    try:
        definition = orjson.loads(request.POST.get("definition", ""))
    except orjson.JSONDecodeError:
        definition = None
    return TraitForm(request.POST.get("name", ""), definition, request.POST.get("description", ""))


def save(request: HttpRequest, trait: ComputedTrait | None, form: TraitForm) -> tuple[ComputedTrait, str]:
    """Store the form; the trait, and what to tell. Raises `BadTrait`; then nothing is stored."""
    scope, actor = scope_of(request), audit.staff(request.user)
    if trait is None:
        trait = services.create_trait(scope, form, actor=actor, user=request.user)
    else:
        trait = services.change_trait(scope, trait, form, actor=actor, seen=request.POST.get("edition"))
    if trait.building:
        return trait, "Saved. It is being computed of everybody; new events count at once."
    return trait, "Saved."


def context(
    request: HttpRequest, trait: ComputedTrait | None, form: TraitForm | None, error: BadTrait | None
) -> dict[str, Any]:
    user: Any = request.user
    verb = "profiles.change_computedtrait" if trait else "profiles.add_computedtrait"
    start = request.GET.get("from", "")
    ready = READY[int(start)] if start.isdigit() and int(start) < len(READY) else None
    if form is None and trait is not None:
        form = TraitForm(trait.name, trait.definition, trait.description)
    elif form is None:
        form = TraitForm(ready[0], ready[2], ready[1]) if ready else TraitForm("", {"event": ""})
    return {
        "trait": trait,
        "edition": services.edition(trait) if trait else "",
        "form": form,
        "definition": form.definition if isinstance(form.definition, dict) else {"event": ""},
        "catalogue": catalogue(),
        "error": str(error) if error else "",
        "error_field": error.field if error else "",
        "may_change": user.has_perm(verb) and (trait is None or trait.status == ComputedTrait.Status.LIVE),
        "may_archive": trait is not None and user.has_perm(verb),
        "ready": READY if trait is None else (),
        "uses": uses_of(trait) if trait else [],
        "words": parse(trait.definition).words() if trait else "",
        "list_url": reverse("admin:profiles_computedtrait_changelist"),
        **(state(trait) if trait else {}),
        "left_out": _left_out(request, trait),
        "kept_since": kept_since(keyring.scope_of_tenant(request.tenant).schema),  # type: ignore[attr-defined]
    }


def _left_out(request: HttpRequest, trait: ComputedTrait | None) -> list[tuple[int, str, str]]:
    """(shopper, name, why) of those whose past does not count; nobody for who may not see people."""
    if trait is None or trait.aggregate_id is None or not request.user.has_perm("profiles.view_profile"):  # type: ignore[union-attr]  # staff
        return []
    found = left_out(trait.aggregate_id)
    names = people.names(request, [profile.pk for profile, _ in found])
    return [(profile.pk, names.get(profile.pk, str(profile)), why) for profile, why in found]


def state(trait: ComputedTrait) -> dict[str, Any]:
    """What the header shows, and polls while it is being computed."""
    progress = progress_of([trait.aggregate_id]) if trait.aggregate_id else None
    return {"trait": trait, "working": trait.building or progress is not None, "progress": progress}


def trial(request: HttpRequest, definition: Any) -> dict[str, Any]:
    """What a definition says of some shoppers, or what has to be mended."""
    try:
        measure: Measure = services.checked(definition)
    except BadTrait as error:
        return {"error": str(error)}
    found = try_measure(scope_of(request), measure)
    names = people.names(request, [pk for pk, _ in found.shown])
    rows = Profile.objects.in_bulk([pk for pk, _ in found.shown])
    may = request.user.has_perm("profiles.view_profile")  # type: ignore[union-attr]  # staff
    shown = [(pk, names.get(pk, str(rows[pk])), facts.said(value)) for pk, value in found.shown if pk in rows]
    return {"words": measure.words(), "trial": found, "shown": shown if may else []}


def scope_of(request: HttpRequest) -> Any:
    return keyring.scope_of_tenant(request.tenant)  # type: ignore[attr-defined]  # HostTenantMiddleware
