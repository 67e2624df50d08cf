"""Entering or leaving a segment starts the journey."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from ..facts import Facts
from .base import Enrolled, Field, Intention, Next, Port, World

type = "segment_trigger"
label = "Segment"
help = "A shopper enters the journey on entering or leaving a segment."
icon = "groups"
category = "trigger"
waits = False


class Config(msgspec.Struct, forbid_unknown_fields=True):
    segment: str = ""
    when: Literal["entered", "left"] = "entered"


fields = (
    Field(
        "segment", "Segment", "segment", "People who change sides from now on; those inside already stay out"
    ),
    Field(
        "when",
        "When the shopper",
        "select",
        default="entered",
        options=(("entered", "enters it"), ("left", "leaves it")),
    ),
)


def ports(config: Config) -> tuple[Port, ...]:
    return (Port("next", "Then"),)


def check(config: Config, facts: Facts) -> list[tuple[str, str]]:
    if not config.segment:
        return [("segment", "Choose the segment that starts the journey.")]
    if config.segment not in facts.segments:
        return [("segment", f"There is no segment “{config.segment}”.")]
    return []


def run(config: Config, who: Enrolled, world: World, now: dt.datetime) -> Intention:
    return Next("next", "entered", f"{config.when} the segment {config.segment}")
