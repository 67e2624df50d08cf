"""Send a message, and wait until its fate is decided, so that later delays count from the real sending."""

from __future__ import annotations

import datetime as dt

import msgspec

from ..facts import Facts
from .base import Deliver, Enrolled, Fail, Field, Intention, Next, Port, World

type = "send"
label = "Send"
help = "Send a message. Consent, caps and quiet hours are checked at the moment of sending."
icon = "send"
category = "action"
waits = False


class Config(msgspec.Struct, forbid_unknown_fields=True):
    template: str = ""


fields = (Field("template", "Template", "template", "What is sent, and by which channel"),)


_NOT_SENT = (
    "For shoppers who withdrew consent, have no address, or whose message failed. "
    "Left open, they go on by “Then” as if it had been sent."
)


def ports(config: Config) -> tuple[Port, ...]:
    return (Port("next", "Then"), Port("skipped", "Not sent", optional=True, help=_NOT_SENT))


def check(config: Config, facts: Facts) -> list[tuple[str, str]]:
    if not config.template:
        return [("template", "Choose the template to send.")]
    found = facts.templates.get(config.template)
    if found is None:
        return [("template", f"There is no template “{config.template}”.")]
    name, _, problems = found
    return [("template", f"The template “{name}” can't be sent: {problem}") for problem in problems]


def run(config: Config, who: Enrolled, world: World, now: dt.datetime) -> Intention:
    if who.woken != "message":
        return Deliver(config.template)
    fate, _, reason = who.detail.partition("|")
    if fate == "gone":
        return Fail(reason)
    sent = fate in ("sent", "delivered", "unknown")
    return Next("next" if sent else "skipped", fate, reason)
