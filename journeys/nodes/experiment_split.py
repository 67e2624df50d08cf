"""One way for each variant of an experiment."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from ..facts import Facts
from .base import Enrolled, Field, Intention, Next, Port, World

type = "experiment_split"
label = "Experiment"
help = "One way for each variant of an experiment, measured there."
icon = "science"
category = "logic"
waits = False
OTHERWISE = "otherwise"


class Config(msgspec.Struct, forbid_unknown_fields=True):
    """`variants`: keys as the experiment had them when the node was set up."""

    experiment: str = ""
    variants: Annotated[list[str], Meta(max_length=10)] = []


fields = (Field("experiment", "Experiment", "experiment", "Its variants become the ways out"),)


def ports(config: Config) -> tuple[Port, ...]:
    variants = tuple(Port(key, key) for key in config.variants)
    return (*variants, Port(OTHERWISE, "Not in the experiment"))


def check(config: Config, facts: Facts) -> list[tuple[str, str]]:
    if not config.experiment:
        return [("experiment", "Choose an experiment.")]
    found = facts.experiments.get(config.experiment)
    if found is None:
        return [("experiment", f"There is no experiment “{config.experiment}”.")]
    missing = {key for key, _ in found[1]} ^ set(config.variants)
    if missing:
        return [
            (
                "experiment",
                f"The experiment's variants changed ({', '.join(sorted(missing))}): choose it again.",
            )
        ]
    return []


def run(config: Config, who: Enrolled, world: World, now: dt.datetime) -> Intention:
    variant = world.arm(who, config.experiment)
    if variant is None or variant not in config.variants:
        return Next(OTHERWISE, "not included", "the experiment does not include this shopper")
    return Next(variant, variant, f"variant {variant} of {config.experiment}")
