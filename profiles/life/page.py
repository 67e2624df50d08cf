"""One page of a shopper's life, of all sources or of one part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from tenants.scope import Scope

from ..models import Interaction, Profile
from ..retention.months import kept_since
from .acts import acts_with_items, other_acts
from .entries import Act, Moment
from .visits import Visit, grouped

PAGE = 200
Kind = Interaction.Kind


@dataclass(frozen=True)
class Part:
    """A filter of the timeline. `kinds`: of interactions, None for none of them."""

    key: str
    label: str
    kinds: tuple[int, ...] | None
    events: bool
    moments: bool


PARTS = (
    Part("", "Everything", (), events=True, moments=True),
    Part("orders", "Orders", (int(Kind.PURCHASE), int(Kind.REFUND)), events=False, moments=False),
    Part(
        "visits",
        "Visits",
        tuple(int(k) for k in Kind if k not in (Kind.PURCHASE, Kind.REFUND)),
        events=True,
        moments=False,
    ),
    Part("messages", "Messages", None, events=False, moments=True),
    Part("changes", "Changes", None, events=False, moments=True),
)


@dataclass(frozen=True)
class Day:
    date: dt.date
    visits: list[Visit]


@dataclass(frozen=True)
class Life:
    """`older`: the moment before which the next page begins, None when this is all.

    `whole_since`: raw events received before are gone, so the line is thinner there; None when none was dropped.
    """

    days: list[Day]
    older: dt.datetime | None
    part: Part
    whole_since: dt.datetime | None = None


def part_of(key: str) -> Part:
    return next((part for part in PARTS if part.key == key), PARTS[0])


def life(
    request: HttpRequest,
    scope: Scope,
    profile: Profile,
    zone: ZoneInfo,
    before: dt.datetime | None = None,
    part: Part = PARTS[0],
) -> Life:
    """A visit is never cut in two: the one at the page's end goes to the next page."""
    acts: list[Act] = []
    moments: list[Moment] = []
    horizon: dt.datetime | None = None

    def keep(found: Sequence[Act | Moment], *, full: bool) -> None:
        # What is older than the last of a source that has more would stand on the line with gaps.
        nonlocal horizon
        if full and found and (horizon is None or found[-1].at > horizon):
            horizon = found[-1].at

    if part.kinds is not None:
        items = acts_with_items(profile.pk, part.kinds, before, PAGE + 1)
        keep(items, full=len(items) > PAGE)
        acts += items
    if part.events:
        may_read = request.user.has_perm("profiles.view_event")  # type: ignore[union-attr]  # staff
        others, _ = other_acts(scope, profile.pk, before, PAGE + 1, raw=may_read)
        keep(others, full=len(others) > PAGE)
        acts += others
    if part.moments:
        for source in settings.SHOPPER_MOMENTS:
            told = import_string(source)(request, profile, before, PAGE + 1)
            keep(told, full=len(told) > PAGE)
            moments += [m for m in told if not part.key or m.part == part.key]
    visits = grouped(
        [act for act in acts if horizon is None or act.at >= horizon],
        [moment for moment in moments if horizon is None or moment.at >= horizon],
    )
    visits, older = _cut(visits, horizon)
    days = [
        Day(date, list(group))
        for date, group in groupby(visits, key=lambda visit: visit.at.astimezone(zone).date())
    ]
    return Life(days, older, part, None if older else kept_since(scope.schema))


def _cut(visits: list[Visit], horizon: dt.datetime | None) -> tuple[list[Visit], dt.datetime | None]:
    """Visits that are whole, and where the next page begins. What may go on beyond the horizon waits for that page, with
    everything that overlaps it; when nothing would be left, the page shows all the same."""
    if horizon is None:
        return visits, None
    edge = horizon
    while (wider := max([edge, *(visit.at for visit in visits if visit.since <= edge)])) > edge:
        edge = wider
    whole = [visit for visit in visits if visit.since > edge]
    return (whole, edge + dt.timedelta(microseconds=1)) if whole else (visits, horizon)
