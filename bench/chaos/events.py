"""Events: kill web, the workers of events, Valkey and Postgres while they come in over HTTP, and web while they wait on disk."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Protocol

from ..ground.stack import Stack
from .kills import kill, patiently, say, victims
from .senders import Senders

KILLS = 50
# Postgres, and web as soon as what comes in meanwhile is in the spool.
SPOOLING = "postgres, then web over its spool"
VICTIMS = ("web", "events", "valkey", "postgres", SPOOLING)
SPOOL_SECONDS = 15
# So long may it take after a kill until events are acknowledged again, on a busy machine.
START_SECONDS = 120
END_SECONDS = 240
# Slow enough that none is taken for a bot.
SHOPPERS = 1600
TENANT = "chaos-events"


class Arguments(Protocol):
    kills: int
    rate: int
    seed: int


def run(stack: Stack, arguments: Arguments) -> int:
    """Kill while events come in; 1 when an acknowledged one was lost, counted twice or out of its shopper's order."""
    from .ledger import left, new_tenant, processed, wrong

    order, kills = random.Random(arguments.seed), arguments.kills or KILLS
    tenant, key = new_tenant(TENANT)
    senders = Senders(stack.site.web.url, key, SHOPPERS, arguments.rate)
    say(f"{arguments.rate:,} events/s of {SHOPPERS} shoppers over HTTP; seed {arguments.seed}")
    with senders:
        _until_more(senders, arguments.rate)
        _until_processing(lambda: processed(tenant))
        for victim in victims(order, VICTIMS, kills):
            time.sleep(order.uniform(0.0, 1.0))
            killed = _kill(stack, victim)
            say(f"kill -9 {victim}; {senders.acknowledged:,} acknowledged so far, {killed}")
            # Before the next one it goes on again: while everything is starting there is nothing to disturb.
            _until_more(senders, senders.acknowledged + arguments.rate)
    say(f"{senders.acknowledged:,} events acknowledged, {senders.repeated:,} batches posted again")
    deadline = time.monotonic() + END_SECONDS
    while (waiting := patiently(lambda: left(tenant, senders.acknowledged))) and time.monotonic() < deadline:
        time.sleep(0.5)
    problems = [f"{waiting:,} events still wait."] if waiting else []
    problems += patiently(lambda: wrong(tenant, senders.sent()))
    for problem in problems:
        say(f"WRONG: {problem}")
    say(
        "Something was lost, came twice or out of order."
        if problems
        else "Every acknowledged event was counted once, in its shopper's order."
    )
    return 1 if problems else 0


def _kill(stack: Stack, victim: str) -> str:
    """What was killed, in words."""
    if victim != SPOOLING:
        return f"{kill(stack, victim)} processes"
    from profiles.spool.folder import Spool

    processes = kill(stack, "postgres")
    spool = Spool(stack.site.var / "spool", limit=0)
    deadline = time.monotonic() + SPOOL_SECONDS
    while not (waiting := spool.look().events) and time.monotonic() < deadline:
        time.sleep(0.005)
    return f"{processes + kill(stack, 'web')} processes, {waiting:,} events in the spool"


def _until_more(senders: Senders, wanted: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while senders.acknowledged < wanted and time.monotonic() < deadline:
        time.sleep(0.02)


def _until_processing(processed: Callable[[], int]) -> None:
    """Workers take longer to start than the web: a kill before their first batch would meet nobody."""
    deadline = time.monotonic() + START_SECONDS
    while not patiently(processed) and time.monotonic() < deadline:
        time.sleep(0.1)
