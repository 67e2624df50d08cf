"""Journeys: kill worker, Valkey and Postgres while shoppers walk through one."""

from __future__ import annotations

import random
import time
from typing import Protocol

from ..ground.stack import Stack
from .kills import kill, patiently, say, victims
from .sink import Sink

KILLS = 20
# A killed Postgres and worker need so long at most before messages flow again, on a busy machine.
START_SECONDS = 180
VICTIMS = ("worker", "valkey", "postgres")
# A sender that was killed is given up sooner than usual, or the end would take long.
LEASE_SECONDS = 30


class Arguments(Protocol):
    kills: int
    enrolments: int
    seed: int


def run(stack: Stack, arguments: Arguments) -> int:
    """Kill while shoppers walk through a journey; 1 when anything was lost or delivered twice."""
    from .count import unfinished, wrong
    from .ground import key_of, prepare
    from .visitors import Visitors

    sink, order, kills = Sink(), random.Random(arguments.seed), arguments.kills or KILLS
    spread = max(5.0 * kills, 10.0)
    by_events = arguments.enrolments // 5
    tenant = prepare(sink.url, arguments.enrolments - by_events, spread)
    visitors = Visitors(stack.site.web.url, key_of(tenant), by_events, spread)
    visitors.start()
    say(
        f"{arguments.enrolments:,} shoppers enter over {spread:.0f} s, {by_events:,} of them by events over HTTP; "
        f"seed {arguments.seed}"
    )
    share = 2 * arguments.enrolments / (kills + 1)
    for victim in victims(order, VICTIMS, kills):
        # At a random moment once it goes on again: while everything is starting there is nothing to disturb.
        _until_more_calls(sink, sum(sink.calls.values()) + int(order.uniform(0.1, 0.7) * share) + 1)
        say(f"kill -9 {victim}; {sum(sink.calls.values()):,} calls so far, {kill(stack, victim)} processes")
    deadline = time.monotonic() + spread + LEASE_SECONDS * 4 + 180
    while left := patiently(lambda: unfinished(tenant, arguments.enrolments)):
        if time.monotonic() > deadline:
            say(f"{left:,} shoppers are still under way")
            break
        time.sleep(1)
    problems = patiently(lambda: wrong(tenant, sink, arguments.enrolments))
    if visitors.acknowledged < by_events:
        problems.append(f"{by_events - visitors.acknowledged} events were never acknowledged.")
    say(f"{visitors.acknowledged:,} events acknowledged, {visitors.repeated:,} times posted again")
    again = sum(count - 1 for count in sink.calls.values())
    say(f"{len(sink.calls):,} messages delivered; {again:,} calls repeated a key, and were recognised by it")
    for problem in problems:
        say(f"WRONG: {problem}")
    say("Something was lost or came twice." if problems else "Nothing was lost, nothing delivered twice.")
    return 1 if problems else 0


def _until_more_calls(sink: Sink, wanted: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while sum(list(sink.calls.values())) < wanted and time.monotonic() < deadline:
        time.sleep(0.02)
