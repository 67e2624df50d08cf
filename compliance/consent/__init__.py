"""Consent per purpose and channel: what was said last holds, and everything that was said is kept.

Only marketing has channels. A record for no channel speaks for every channel that has none of its own; refusing it
also refuses the channels that were granted before, as who says "no more messages" means all of them.
"""

from .permission import allowed, default_sql
from .records import give_back, merge, record, record_many
from .rows import states
from .words import (
    CHANNELS,
    CLOCK_SKEW,
    CONFIRM_EVERY,
    DEFAULTS,
    PASSIVE,
    PURPOSES,
    BadChoice,
    Choice,
    Key,
    State,
    States,
    Word,
    check,
    effective,
    stands_against,
)

__all__ = [
    "CHANNELS",
    "CLOCK_SKEW",
    "CONFIRM_EVERY",
    "DEFAULTS",
    "PASSIVE",
    "PURPOSES",
    "BadChoice",
    "Choice",
    "Key",
    "State",
    "States",
    "Word",
    "allowed",
    "check",
    "default_sql",
    "effective",
    "give_back",
    "merge",
    "record",
    "record_many",
    "stands_against",
    "states",
]
