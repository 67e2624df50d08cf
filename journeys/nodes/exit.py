"""The end of a way."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from ..facts import Facts
from .base import Enrolled, Field, Finish, Intention, Port, World

type = "exit"
label = "Exit"
help = "The shopper leaves the journey here."
icon = "logout"
category = "end"
waits = False


class Config(msgspec.Struct, forbid_unknown_fields=True):
    note: Annotated[str, Meta(max_length=80)] = ""


fields = (
    Field("note", "Note", "text", "Why a shopper ends here, for the reports", default="", required=False),
)


def ports(config: Config) -> tuple[Port, ...]:
    return ()


def check(config: Config, facts: Facts) -> list[tuple[str, str]]:
    return []


def run(config: Config, who: Enrolled, world: World, now: dt.datetime) -> Intention:
    return Finish("completed", config.note or "came to the end")
