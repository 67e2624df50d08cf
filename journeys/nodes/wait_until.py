"""Wait for an event, but not for ever."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from ..facts import Facts
from .base import Enrolled, Field, Intention, Next, Port, WaitFor, World
from .durations import Duration, said
from .rules import Condition, check_condition

type = "wait_until"
label = "Wait until"
help = "Wait for an event; go another way when it does not happen in time."
icon = "notifications_active"
category = "timing"
waits = True


class Config(msgspec.Struct, forbid_unknown_fields=True):
    event: Annotated[str, Meta(max_length=120)] = ""
    timeout: Duration = 86_400
    where: Condition = msgspec.field(default_factory=Condition)


fields = (
    Field("event", "Event", "event"),
    Field("timeout", "At most", "duration", "After this the shopper goes on by “timed out”", default=86_400),
    Field(
        "where",
        "Only when",
        "condition",
        "Conditions on the event's properties",
        default={"match": "all", "rules": []},
        required=False,
        options=(("event", "Event property"),),
    ),
)


def ports(config: Config) -> tuple[Port, ...]:
    return (Port("happened", "Happened"), Port("timeout", "Timed out"))


def check(config: Config, facts: Facts) -> list[tuple[str, str]]:
    if not config.event.strip():
        return [("event", "Choose the event to wait for.")]
    problems = [("where", p) for p in check_condition(config.where, facts, needed=False)]
    if any(rule.subject != "event" for rule in config.where.rules):
        problems.append(("where", "Only the event's own properties can be looked at here."))
    if not facts.knows_event(config.event):
        problems.append(("event", facts.unknown_event(config.event)))
    return problems


def run(config: Config, who: Enrolled, world: World, now: dt.datetime) -> Intention:
    if who.waiting_since is None:
        until = now + dt.timedelta(seconds=config.timeout)
        return WaitFor((config.event,), until, f"waits for {config.event}, at most {said(config.timeout)}")
    if who.woken == "event":
        return Next("happened", "happened", f"{config.event} happened")
    return Next("timeout", "timed out", f"no {config.event} within {said(config.timeout)}")
