"""An event starts the journey."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from ..facts import Facts
from .base import Enrolled, Field, Intention, Next, Port, World
from .rules import Condition, check_condition

type = "event_trigger"
label = "Event"
help = "A shopper enters when this event happens."
icon = "bolt"
category = "trigger"
waits = False


class Config(msgspec.Struct, forbid_unknown_fields=True):
    event: Annotated[str, Meta(max_length=120)] = ""
    where: Condition = msgspec.field(default_factory=Condition)


fields = (
    Field("event", "Event", "event", "As it is named in the tracking calls, such as Product Added"),
    Field(
        "where",
        "Only when",
        "condition",
        "Conditions on the event's properties, such as value is at least 50",
        default={"match": "all", "rules": []},
        required=False,
        options=(("event", "Event property"),),
    ),
)


def ports(config: Config) -> tuple[Port, ...]:
    return (Port("next", "Then"),)


def check(config: Config, facts: Facts) -> list[tuple[str, str]]:
    if not config.event.strip():
        return [("event", "Choose the event that starts the journey.")]
    problems = [("where", p) for p in check_condition(config.where, facts, needed=False)]
    if any(rule.subject != "event" for rule in config.where.rules):
        problems.append(
            ("where", "A trigger can only look at the event's own properties; add a Condition after it.")
        )
    if not facts.knows_event(config.event):
        problems.append(("event", facts.unknown_event(config.event)))
    return problems


def run(config: Config, who: Enrolled, world: World, now: dt.datetime) -> Intention:
    return Next("next", "entered", f"{config.event} happened")
