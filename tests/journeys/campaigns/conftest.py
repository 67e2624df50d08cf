"""A segment with members who may be written to, and campaigns for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from compliance.consent import Choice, Word
from journeys.campaigns import run, services
from journeys.campaigns.services import CampaignForm
from journeys.models import Campaign, CampaignMember, Message
from profiles.consents import import_consents
from profiles.history.shoppers import ensure_profiles
from profiles.history.traits import import_traits
from profiles.models import Profile, Segment, SegmentMember
from tenants.scope import Scope

from ..conftest import template  # noqa: F401


@pytest.fixture
def audience(scope: Scope, inside: None) -> Callable[..., dict[str, int]]:
    """`audience(5, refusing=1, silent=1)`: members of the segment “all”; user id → profile."""

    def make(count: int, refusing: int = 0, silent: int = 0) -> dict[str, int]:
        now = timezone.now()
        users = [f"u{n}" for n in range(count)]
        profiles = ensure_profiles(scope, dict.fromkeys(users, (now, now)))
        import_traits(scope, {u: {"email": f"{u}@example.com"} for u in users[silent:]})
        yes = Choice("marketing", "email", True, source="test")
        import_consents(
            scope,
            [Word(profiles[u], yes, now, "system") for u in users[: count - refusing]],
            actor="system",
            source="t",
        )
        segment, _ = Segment.objects.get_or_create(key="all", defaults={"name": "All", "status": "live"})
        SegmentMember.objects.bulk_create(
            SegmentMember(segment=segment, profile_id=p, entered_at=now) for p in profiles.values()
        )
        return profiles

    return make


@pytest.fixture
def campaign(inside: None, template: Any) -> Callable[..., Campaign]:  # noqa: F811
    """`campaign(per_minute=60)`: a draft for the segment “all”."""

    def make(**fields: Any) -> Campaign:
        segment, _ = Segment.objects.get_or_create(key="all", defaults={"name": "All", "status": "live"})
        given = {
            "name": "News",
            "segment": segment,
            "template": template(f"news{Campaign.objects.count()}"),
            **fields,
        }
        return services.create_campaign(CampaignForm(**given), actor="test")

    return make


@pytest.fixture
def steps(scope: Scope, inside: None) -> Callable[..., int]:
    """Let workers do everything that is due; how many steps. `later` moves their clock."""

    def go(most: int = 1000, **later: float) -> int:
        now = timezone.now() + dt.timedelta(**later)
        done = 0
        while done < most and run.run_once(scope, now):
            done += 1
        return done

    return go


def states(campaign: Campaign) -> dict[str, int]:
    found: dict[str, int] = {}
    for member in CampaignMember.objects.filter(campaign=campaign):
        found[member.get_state_display()] = found.get(member.get_state_display(), 0) + 1
    return found


def written(campaign: Campaign) -> int:
    return Message.objects.filter(campaign_id=campaign.pk).count()


def status(campaign: Campaign) -> str:
    campaign.refresh_from_db()
    return campaign.status


__all__ = ["Profile", "states", "status", "written"]


@pytest.fixture
def cursor_of(scope: Scope, inside: None) -> Any:
    from django.db import connection
    from psycopg import Cursor

    connection.ensure_connection()
    with Cursor(connection.connection) as own:
        yield own
