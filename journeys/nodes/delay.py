"""Wait for a while, on request until an hour of the shopper's day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from ..facts import Facts
from ..local_time import next_local
from .base import Enrolled, Field, Intention, Next, Port, Resume, World
from .durations import Duration, said

type = "delay"
label = "Delay"
help = "Wait before going on."
icon = "hourglass_empty"
category = "timing"
waits = True


class Config(msgspec.Struct, forbid_unknown_fields=True):
    seconds: Duration = 3600
    time_of_day: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^$")] = ""


fields = (
    Field("seconds", "Wait", "duration", default=3600),
    Field(
        "time_of_day",
        "Then until",
        "time",
        "An hour of the day in the shopper's own time zone; empty to go on at once",
        default="",
        required=False,
    ),
)


def ports(config: Config) -> tuple[Port, ...]:
    return (Port("next", "Then"),)


def check(config: Config, facts: Facts) -> list[tuple[str, str]]:
    return []


def run(config: Config, who: Enrolled, world: World, now: dt.datetime) -> Intention:
    if who.waiting_since is not None:
        return Next("next", "waited", f"waited {said(int((now - who.waiting_since).total_seconds()))}")
    until = now + dt.timedelta(seconds=config.seconds)
    reason = f"waits {said(config.seconds)}"
    if config.time_of_day:
        hour, minute = map(int, config.time_of_day.split(":"))
        until = next_local(until, dt.time(hour, minute), world.zone(who))
        reason += f", then until {config.time_of_day} where the shopper is"
    return Resume(until, reason)
