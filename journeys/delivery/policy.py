"""Whether a message may go out now: pure rules, the same for the delivery and for the simulator.

In this order, because the first reason is what people read: is the shopper still there and in the journey, do they
agree, can they be reached; then what only delays: a pause, quiet hours, the frequency cap.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..addresses import needs_address, problem_with
from ..local_time import at_local, next_local, within

SETTINGS_KEY = "messages"
CHANNEL_WORDS = {
    "email": "e-mail",
    "sms": "SMS",
    "push": "push",
    "web": "web message",
    "webhook": "webhook",
}
ADDRESS_WORDS = {"email": "e-mail address", "sms": "phone number", "push": "device"}
# Resuming brings them forward; this is for those that a worker held at that moment.
PAUSE_RECHECK = dt.timedelta(minutes=10)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Policy:
    """A tenant's rules for marketing messages. Caps count all channels together; 0: no cap. Quiet hours are in the
    shopper's own time zone; none when `quiet_from` is None."""

    cap_day: int = 3
    cap_week: int = 7
    quiet_from: dt.time | None = None
    quiet_until: dt.time | None = None
    give_up_hours: int = 72

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> Policy:
        """From `Tenant.settings`; what is missing or unreadable is the default."""
        said = settings.get(SETTINGS_KEY)
        said = said if isinstance(said, dict) else {}
        usual = cls()

        def number(name: str, otherwise: int) -> int:
            value = said.get(name)
            if isinstance(value, bool) or not isinstance(value, int):
                return otherwise
            return value if value >= 0 else otherwise

        start, end = _time(said.get("quiet_from")), _time(said.get("quiet_until"))
        both = start is not None and end is not None and start != end
        return cls(
            number("cap_day", usual.cap_day),
            number("cap_week", usual.cap_week),
            start if both else None,
            end if both else None,
            number("give_up_hours", usual.give_up_hours) or usual.give_up_hours,
        )


@dataclass(slots=True)
class Circumstances:
    """What is true of one message's shopper now.

    `paused`, `stopped`: why the message waits, or goes no more. `sent`: when marketing messages went out, within the
    last week.
    """

    channel: str
    marketing: bool
    created_at: dt.datetime
    known: bool = True
    inside: bool = True
    paused: str = ""
    stopped: str = ""
    consented: bool = True
    suppressed: str = ""
    address: str = ""
    zone: dt.tzinfo = dt.UTC
    sent: Sequence[dt.datetime] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`until` says when to look again, for a delay."""

    decision: Literal["send", "delay", "skip", "fail"]
    reason: str = ""
    until: dt.datetime | None = None


SEND = Verdict("send")


def judge(c: Circumstances, policy: Policy, now: dt.datetime) -> Verdict:
    """Send, delay, skip or fail, with the reason in words."""
    way = CHANNEL_WORDS.get(c.channel, c.channel)
    if not c.known:
        return Verdict("skip", "the shopper is no longer on file")
    if c.stopped:
        return Verdict("skip", c.stopped)
    if not c.inside:
        return Verdict("skip", "the shopper had left the journey")
    if c.marketing and not c.consented:
        return Verdict("skip", f"no consent to marketing by {way}")
    if needs_address(c.channel):
        if not c.address:
            return Verdict("skip", f"no {ADDRESS_WORDS[c.channel]} is known")
        problem = problem_with(c.channel, c.address)
        if problem:
            return Verdict("fail", problem)
    if c.suppressed == "erased":
        return Verdict("skip", "the address belongs to somebody who was erased")
    if c.suppressed and (c.marketing or c.suppressed == "bounced"):
        return Verdict("skip", f"the address is on the suppression list ({c.suppressed})")
    held = _held(c, policy, now)
    if held is None:
        return SEND
    if not c.paused and now - c.created_at > dt.timedelta(hours=policy.give_up_hours):
        return Verdict("skip", f"held back for {policy.give_up_hours} hours: {held.reason}")
    return held


def _held(c: Circumstances, policy: Policy, now: dt.datetime) -> Verdict | None:
    if c.paused:
        return Verdict("delay", c.paused, now + PAUSE_RECHECK)
    if not c.marketing:
        return None
    if (
        policy.quiet_from
        and policy.quiet_until
        and within(now, policy.quiet_from, policy.quiet_until, c.zone)
    ):
        until = _quiet_end(now, policy.quiet_until, c.zone)
        return Verdict("delay", f"quiet hours until {policy.quiet_until:%H:%M} where the shopper is", until)
    for limit, span, words in ((policy.cap_day, DAY, "a day"), (policy.cap_week, WEEK, "a week")):
        recent = sorted(at for at in c.sent if at > now - span)
        if limit and len(recent) >= limit:
            count = f"{limit} message{'' if limit == 1 else 's'}"
            # The moment at which one fewer than the limit lies within the span.
            return Verdict("delay", f"frequency cap: {count} within {words}", recent[-limit] + span)
    return None


def _quiet_end(now: dt.datetime, until: dt.time, zone: dt.tzinfo) -> dt.datetime:
    end = next_local(now, until, zone)
    if end > now:
        return end
    return at_local(now.astimezone(zone).date() + dt.timedelta(days=1), until, zone)


def _time(value: Any) -> dt.time | None:
    try:
        return dt.time.fromisoformat(value).replace(tzinfo=None) if isinstance(value, str) and value else None
    except ValueError:
        return None
