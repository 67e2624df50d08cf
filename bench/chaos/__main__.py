"""`python -m bench.chaos`: kill -9 of worker, Valkey and Postgres at random while journeys run; exit code 1 when
anything was lost or delivered twice."""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil

from ..ground.environment import HOST, Site, enter
from ..ground.stack import Stack, running_stack
from ..load.wire import Target
from .sink import Sink

Answer = TypeVar("Answer")
# A killed Postgres and worker need so long at most before messages flow again, on a busy machine.
START_SECONDS = 180
VICTIMS = ("worker", "valkey", "postgres")
# A sender that was killed is given up sooner than usual, or the end would take long.
LEASE_SECONDS = 30


class Arguments(argparse.Namespace):
    kills: int
    enrolments: int
    seed: int
    port: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="how many processes to kill (20)")
    parser.add_argument("--enrolments", type=int, default=10_000, help="how many shoppers (10,000)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the order of the kills")
    parser.add_argument("--port", type=int, default=8190, help="of the web server that runs along")
    arguments = parser.parse_args(namespace=Arguments())
    os.environ["ATTUNE_MESSAGE_LEASE_SECONDS"] = str(LEASE_SECONDS)
    with tempfile.TemporaryDirectory(prefix="attune-chaos-") as folder:
        site = Site(Path(folder), Target(HOST, arguments.port), Target(HOST, arguments.port + 1))
        with running_stack(site) as stack:
            enter(site)
            return run(stack, arguments)


def run(stack: Stack, arguments: Arguments) -> int:
    from .count import unfinished, wrong
    from .ground import key_of, prepare
    from .visitors import Visitors

    sink, order = Sink(), random.Random(arguments.seed)
    spread = max(5.0 * arguments.kills, 10.0)
    by_events = arguments.enrolments // 5
    tenant = prepare(sink.url, arguments.enrolments - by_events, spread)
    visitors = Visitors(stack.site.web.url, key_of(tenant), by_events, spread)
    visitors.start()
    say(
        f"{arguments.enrolments:,} shoppers enter over {spread:.0f} s, {by_events:,} of them by events over HTTP; "
        f"seed {arguments.seed}"
    )
    share = 2 * arguments.enrolments / (arguments.kills + 1)
    for victim in victims(order, arguments.kills):
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


def victims(order: random.Random, kills: int) -> Iterator[str]:
    """Each of the three once, in random order, before anybody a second time."""
    for start in range(0, kills, len(VICTIMS)):
        yield from order.sample(VICTIMS, len(VICTIMS))[: kills - start]


def kill(stack: Stack, victim: str) -> int:
    """SIGKILL to the whole tree of a child, as when the kernel runs out of memory; how many processes."""
    while True:
        try:
            processes = stack.tree(victim)
            break
        except (psutil.NoSuchProcess, KeyError):
            time.sleep(0.1)  # it has just been restarted
    killed = 0
    for process in processes:
        try:
            process.send_signal(signal.SIGKILL)
            killed += 1
        except psutil.NoSuchProcess:
            continue
    return killed


def patiently(ask: Callable[[], Answer]) -> Answer:
    """The answer, as soon as the database is there."""
    from django.db import DatabaseError, InterfaceError, connection

    deadline = time.monotonic() + 120
    while True:
        try:
            return ask()
        except (DatabaseError, InterfaceError):
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def say(text: str) -> None:
    print(f"chaos: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
