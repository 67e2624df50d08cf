"""Send shares of the shoppers different ways; the same shopper always the same way."""

from __future__ import annotations

import datetime as dt
from hashlib import blake2b
from typing import Annotated

import msgspec
from msgspec import Meta

from ..facts import Facts
from .base import Enrolled, Field, Intention, Next, Port, World

type = "random_split"
label = "Random split"
help = "Send shares of the shoppers different ways. Who comes again goes the same way."
icon = "shuffle"
category = "logic"
waits = False

_PARTS = 1 << 32


class Branch(msgspec.Struct, forbid_unknown_fields=True):
    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,30}$")]
    weight: Annotated[float, Meta(ge=0, le=100)]
    label: Annotated[str, Meta(max_length=60)] = ""


class Config(msgspec.Struct, forbid_unknown_fields=True):
    branches: Annotated[list[Branch], Meta(max_length=10)] = msgspec.field(
        default_factory=lambda: [Branch("a", 50, "A"), Branch("b", 50, "B")]
    )


fields = (
    Field(
        "branches",
        "Branches",
        "weights",
        "Percentages; together 100",
        default=[{"key": "a", "label": "A", "weight": 50}, {"key": "b", "label": "B", "weight": 50}],
    ),
)


def ports(config: Config) -> tuple[Port, ...]:
    return tuple(Port(branch.key, branch.label or branch.key) for branch in config.branches)


def check(config: Config, facts: Facts) -> list[tuple[str, str]]:
    problems = []
    if len(config.branches) < 2:
        problems.append(("branches", "A split needs at least two branches."))
    if len({branch.key for branch in config.branches}) < len(config.branches):
        problems.append(("branches", "Two branches have the same key."))
    total = sum(branch.weight for branch in config.branches)
    if abs(total - 100) > 0.01:
        problems.append(("branches", f"The weights add up to {total:g} %, not 100 %."))
    return problems


def run(config: Config, who: Enrolled, world: World, now: dt.datetime) -> Intention:
    # Salted by journey and node, so that two splits are independent of each other.
    salt = f"{who.journey_id}:{who.node}".encode()
    share = int.from_bytes(blake2b(who.unit, digest_size=4, key=salt[:64]).digest(), "big") / _PARTS * 100
    for branch in config.branches:
        share -= branch.weight
        if share < 0:
            return Next(branch.key, branch.label or branch.key, f"among the {branch.weight:g} %")
    last = config.branches[-1]
    return Next(last.key, last.label or last.key, f"among the {last.weight:g} %")
