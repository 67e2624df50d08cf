"""Cached recommendations against a bare view: how much of the server's own speed is left."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

from ..ground.prepare import secret_key
from ..ground.shoppers import GROCER, households
from ..load.closed import Saturation, saturate
from ..load.quantiles import median
from ..load.wire import Answer, Target, bearer, get
from ..outcome import Figure
from ..run import Run

SHOPPERS = 500
CONNECTIONS = 32
ROUNDS = 5
SECONDS = 5
HIT = b'cache;desc="hit"'


class NotCached(Exception):
    """Answers that were to come from the cache did not."""


def measure(run: Run) -> list[Figure]:
    headers = bearer(secret_key(run.site, GROCER))
    requests = [get(recommendation_path(user), headers) for user in households()[:SHOPPERS]]
    warm(run.web, requests)
    ours, bare = [], []
    for number in range(run.rounds(ROUNDS)):
        bare.append(saturate_bare(run).rate)
        ours.append(saturate_cached(run.web, requests, run.seconds(SECONDS), seed=number).rate)
        run.say(f"round {number + 1}: bare {bare[-1]:,.0f}, cached {ours[-1]:,.0f} requests/s")
    return [
        Figure(
            "cached_throughput",
            median(ours),
            "requests/s",
            protocol=(
                f"GET /api/v1/recommendations with a secret key over {SHOPPERS} households whose answers are cached; "
                f"closed loop, {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS} s by turns with the reference, "
                "medians; both behind the same granian flags"
            ),
            reference="bare DRF view, no middleware, same server",
            reference_value=median(bare),
        )
    ]


def recommendation_path(user_id: str) -> str:
    return f"/api/v1/recommendations?user_id={user_id}&placement=home"


def warm(target: Target, requests: Sequence[bytes]) -> None:
    """Ask until every answer is cached and every process knows the tenant."""
    for _ in range(3):
        saturate(target, iter(requests), connections=8)


def saturate_bare(run: Run) -> Saturation:
    return saturate(
        run.reference, itertools.repeat(get("/bare")), connections=CONNECTIONS, seconds=run.seconds(SECONDS)
    )


def saturate_cached(target: Target, requests: Sequence[bytes], seconds: float, *, seed: int) -> Saturation:
    """The closed loop over `requests` in random order; raises NotCached when more than 1 % were made anew."""
    order = random.Random(seed).sample(list(requests), len(requests))
    missed = 0

    def look(answer: Answer) -> None:
        nonlocal missed
        missed += HIT not in answer.head

    found = saturate(target, itertools.cycle(order), connections=CONNECTIONS, seconds=seconds, each=look)
    if missed > 0.01 * found.answered:
        raise NotCached(f"{missed} of {found.answered} answers were made anew")
    return found
