"""What the page of a shopper shows: a column of life, one of facts, one of what we did; and the same as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string

from tenants import audit, keyring
from tenants.models import Tenant

from ..days import calendar
from ..features.ages import ages
from ..features.fallback import features_of
from ..life.page import PARTS, Life, life, part_of
from ..models import Interaction, Profile
from ..segments.selectors import memberships
from ..traits.selectors import values_of
from . import facts, people
from .activity import activity


def context(request: HttpRequest, profile: Profile) -> dict[str, Any]:
    tenant: Any = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    user: Any = request.user
    may_read = bool(user.has_perm(people.READ_IDENTITIES))
    identities = people.identities(tenant.pk, [profile.pk]) if may_read else []
    if may_read:
        audit.record("personal data viewed", f"profile:{profile.uuid}", audit.staff(user))
    name = next((people.said(i) for i in identities if i.value), str(profile))
    may_see_life = bool(user.has_perm("profiles.view_interaction"))
    last_act = _last_act(profile)
    panels = [panel for make in _panels() if (panel := make(request, profile)) is not None]
    return {
        "profile": profile,
        "name": name,
        "life": timeline(request, profile) if may_see_life else None,
        "parts": PARTS,
        "activity": activity(tenant.schema_name, profile.pk, tenant.time_zone, tenant.currency)
        if may_see_life
        else None,
        "groups": facts.grouped(keyring.scope_of_tenant(tenant), profile, last_act),
        "identities": identities,
        "may_read": may_read,
        "traits": _readable(people.traits(tenant.pk, profile)) if may_read else {},
        "currency": tenant.currency,
        "panels": [panel for panel in panels if panel.get("column") != "did"],
        "did": [panel for panel in panels if panel.get("column") == "did"],
        "raw": _raw(tenant, profile, last_act, may_read=may_read) if "raw" in request.GET else None,
    }


def timeline(request: HttpRequest, profile: Profile) -> Life:
    """The page of life that the address asks for."""
    tenant: Any = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    before = request.GET.get("before")
    moment = parse_datetime(before) if before else None
    if before and (moment is None or moment.tzinfo is None):
        raise Http404("That is not a moment.")
    return life(
        request,
        keyring.scope_of_tenant(tenant),
        profile,
        ZoneInfo(tenant.time_zone),
        moment,
        part_of(request.GET.get("show", "")),
    )


def _raw(tenant: Tenant, profile: Profile, last_act: dt.datetime | None, *, may_read: bool) -> str:
    """The profile for developers, as the API has it; without names for who may not read them."""
    document: dict[str, Any] = {
        "profile": str(profile.uuid),
        "features": features_of(keyring.scope_of_tenant(tenant), profile, dt.datetime.now(dt.UTC)),
        "feature_ages": ages(
            profile.counters if isinstance(profile.counters, dict) else {},
            last_act=last_act,
            last_seen=profile.last_seen_at,
            days=calendar(tenant.time_zone),
        ),
        "computed_traits": {value.key: value.value for value in values_of(profile)},
        "segments": [
            {"segment": m.key, "name": m.name, "entered_at": m.entered_at}
            for m in memberships(tenant.schema_name, profile.pk)
        ],
        "first_seen_at": profile.first_seen_at,
        "last_seen_at": profile.last_seen_at,
        "version": profile.version,
    }
    if may_read:
        named = people.identities(tenant.pk, [profile.pk])
        document["identifiers"] = [{"kind": i.kind, "value": i.value} for i in named if i.value is not None]
        document["traits"] = people.traits(tenant.pk, profile)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode()


def _last_act(profile: Profile) -> dt.datetime | None:
    rows = Interaction.objects.filter(profile_id=profile.pk)
    found: dt.datetime | None = rows.order_by("-at").values_list("at", flat=True).first()
    return found


def _readable(traits: dict[str, Any]) -> dict[str, str]:
    return {
        name.replace("_", " ").capitalize(): facts.said(value)
        for name, value in traits.items()
        if facts.said(value)
    }


def _panels() -> list[Any]:
    """What rooms above add to the page of a shopper; listed in settings, so that nothing here imports them."""
    return [import_string(name) for name in settings.SHOPPER_PANELS]
