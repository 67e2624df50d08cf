"""Go one way or the other."""

from __future__ import annotations

import datetime as dt

import msgspec

from ..facts import Facts
from .base import Enrolled, Field, Intention, Next, Port, World
from .rules import Condition, check_condition, holds

type = "condition"
label = "Condition"
help = "Go one way or the other by what is known about the shopper."
icon = "call_split"
category = "logic"
waits = False


class Config(msgspec.Struct, forbid_unknown_fields=True):
    condition: Condition = msgspec.field(default_factory=Condition)


fields = (
    Field(
        "condition",
        "If",
        "condition",
        default={"match": "all", "rules": []},
        options=(
            ("feature", "Feature"),
            ("trait", "Trait"),
            ("event", "Property of the starting event"),
            ("segment", "Segment"),
            ("consent", "Consent"),
            ("cart", "Items in the cart"),
        ),
    ),
)


def ports(config: Config) -> tuple[Port, ...]:
    return (Port("yes", "Yes"), Port("no", "No"))


def check(config: Config, facts: Facts) -> list[tuple[str, str]]:
    return [("condition", problem) for problem in check_condition(config.condition, facts)]


def run(config: Config, who: Enrolled, world: World, now: dt.datetime) -> Intention:
    true, reason = holds(config.condition, who, world)
    return Next("yes" if true else "no", "yes" if true else "no", reason)
