"""Note something on the shopper's profile."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from ..facts import Facts
from .base import Enrolled, Field, Intention, Next, Port, World

type = "update_trait"
label = "Update trait"
help = "Note something on the shopper's profile."
icon = "edit_note"
category = "action"
waits = False
# Who a shopper is comes from the shop, never from a journey.
RESERVED = {"email", "phone", "user_id", "userid", "id", "anonymous_id", "anonymousid"}


class Config(msgspec.Struct, forbid_unknown_fields=True):
    trait: Annotated[str, Meta(max_length=80)] = ""
    value: str | int | float | bool = ""


fields = (
    Field("trait", "Trait", "trait", "Such as vip or last_campaign"),
    Field("value", "Value", "text", "Text, a number, true or false"),
)


def ports(config: Config) -> tuple[Port, ...]:
    return (Port("next", "Then"),)


def check(config: Config, facts: Facts) -> list[tuple[str, str]]:
    if not config.trait.strip():
        return [("trait", "Name the trait to set.")]
    if config.trait.strip().lower() in RESERVED:
        return [("trait", f"“{config.trait}” says who the shopper is; a journey can't change it.")]
    return []


def run(config: Config, who: Enrolled, world: World, now: dt.datetime) -> Intention:
    return Next("next", "updated", f"{config.trait} set", traits={config.trait.strip(): config.value})
