"""What the canvas asks when somebody tries a draft: words in, the simulator's story out, as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from profiles.models import Profile
from tenants import audit, keyring

from ..models import Journey
from ..models.messages import Channel
from ..simulator import Happening, simulate
from .answers import Refusal
from .letters import may_read_names, unfollowed
from .shoppers import chosen

MOST_EVENTS = 50
LONGEST_DAYS = 365
_CHANNEL = dict(Channel.choices)
SegmentChange = tuple[dt.datetime, str, str]


def simulation(request: HttpRequest, journey: Journey, body: dict[str, Any]) -> dict[str, Any]:
    """`body`: graph, shopper (uuid or null), replay, events [{kind, name, after, properties}], start (local), days."""
    tenant = request.tenant  # type: ignore[attr-defined]  # HostTenantMiddleware
    shopper = _shopper(request, body)
    start = _start(body.get("start"), ZoneInfo(tenant.time_zone))
    replay = body.get("replay") is True
    if replay and shopper is None:
        raise Refusal(422, "Choose a shopper whose own events shall be played.")
    events, changes = ([], []) if replay else _happenings(body.get("events"), start)
    if not replay and not events and not changes:
        raise Refusal(422, "Say at least one thing that the shopper does.")
    named = may_read_names(request)
    found = simulate(
        keyring.scope_of_tenant(tenant),
        body.get("graph"),
        profile_id=shopper.pk if shopper else None,
        events=None if replay else events,
        start=start,
        days=_days(body.get("days")),
        segment_changes=changes,
        personal=named,
    )
    if shopper:
        # Who looked at whom: what a message would say may be personal.
        target = f"profile:{shopper.uuid}"
        audit.record("journey simulated", target, audit.staff(request.user), journey=journey.pk)
    return {
        "entered": found.entered,
        "outcome": found.outcome,
        "steps": [
            {
                "at": told.at.isoformat(),
                "node": told.node,
                "label": told.label,
                "outcome": told.outcome,
                "reason": told.reason,
                "tone": told.tone,
                "message": told.message,
            }
            for told in found.steps
        ],
        "messages": [
            {
                "at": letter.at.isoformat(),
                "channel": str(_CHANNEL.get(letter.channel, letter.channel)),
                "to": letter.to if named or shopper is None else "",
                "subject": letter.subject,
                "html": unfollowed(letter.html),
                "text": letter.text,
            }
            for letter in found.messages
        ],
    }


def _shopper(request: HttpRequest, body: dict[str, Any]) -> Profile | None:
    wanted = body.get("shopper")
    if not wanted:
        return None
    found = chosen(request, str(wanted))
    if found is None:
        raise Refusal(422, "This shopper is not on file any more. Choose another.")
    return found


def _start(said: Any, zone: ZoneInfo) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(said)
    except (TypeError, ValueError) as error:
        raise Refusal(422, "Say when the simulation starts.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _days(said: Any) -> int:
    if not isinstance(said, int) or not 1 <= said <= LONGEST_DAYS:
        raise Refusal(422, f"The number of days must be between 1 and {LONGEST_DAYS}.")
    return said


def _happenings(said: Any, start: dt.datetime) -> tuple[list[Happening], list[SegmentChange]]:
    """Events, and changes of segments, each `after` seconds from the start."""
    if not isinstance(said, list) or len(said) > MOST_EVENTS:
        raise Refusal(422, f"A simulation takes {MOST_EVENTS} events at most.")
    events: list[Happening] = []
    changes: list[SegmentChange] = []
    for one in said:
        name = str(one.get("name") or "").strip() if isinstance(one, dict) else ""
        after = one.get("after", 0) if isinstance(one, dict) else None
        if not name or not isinstance(after, int | float) or not 0 <= after <= LONGEST_DAYS * 86_400:
            raise Refusal(422, "Each event needs a name, and a time after the start.")
        at = start + dt.timedelta(seconds=after)
        if one.get("kind") in ("entered", "left"):
            changes.append((at, one["kind"], name))
        else:
            events.append(Happening(at, name, _properties(one.get("properties"))))
    return events, changes


def _properties(said: Any) -> dict[str, Any]:
    """What was typed, with numbers as numbers: events carry them so."""
    if not isinstance(said, dict):
        return {}
    return {str(name): _number(value) for name, value in said.items() if str(name).strip()}


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value) if "." in value else int(value)
    except ValueError:
        return value
