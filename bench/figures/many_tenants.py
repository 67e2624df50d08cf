"""Two hundred tenants with traffic spread by Zipf's law, against one of them alone."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from ..ground.many import ITEMS, SHOPPERS, TENANTS, Many, many_tenants
from ..load.closed import saturate
from ..load.quantiles import median
from ..load.wire import bearer, get
from ..outcome import Figure
from ..run import Run
from .cached import CONNECTIONS, recommendation_path, saturate_cached, warm
from .uncached import anew, open_loop

EXPONENT = 1.1
ROUNDS = 6
CLOSED_SECONDS = 4
OPEN_SECONDS = 12
REQUESTS = 4000
Side = tuple[list[float], list[Any]]


def measure(run: Run) -> list[Figure]:
    count = 20 if run.quick else TENANTS
    with many_tenants(run.site, count, run.say) as many:
        all_draws = draws(count, REQUESTS)
        crowd = [(many.keys[tenant], shopper) for tenant, shopper in all_draws]
        alone = [(many.keys[0], shopper) for _, shopper in all_draws]
        return [_cached(run, many, crowd, count), _uncached(run, many, alone, crowd, count)]


def draws(tenants: int, number: int) -> list[tuple[int, str]]:
    """(tenant, shopper): tenants by Zipf's law, shoppers evenly; every tenant at least once."""
    rng = random.Random(7)
    weights = list(accumulate(1 / rank**EXPONENT for rank in range(1, tenants + 1)))
    chosen = [*range(tenants), *rng.choices(range(tenants), cum_weights=weights, k=number - tenants)]
    rng.shuffle(chosen)
    return [(tenant, f"s{rng.randrange(SHOPPERS)}") for tenant in chosen]


def _cached(run: Run, tenants: Many, crowd: list[tuple[str, str]], count: int) -> Figure:
    # As many different answers in both: what is compared is the number of tenants, not the size of what is cached.
    shoppers = {pair: f"s{number}" for number, pair in enumerate(dict.fromkeys(crowd))}
    one, many = _requests([(tenants.keys[0], shoppers[pair]) for pair in crowd]), _requests(crowd)
    warm(run.web, list(dict.fromkeys(one)))
    warm(run.web, list(dict.fromkeys(many)))
    single: list[float] = []
    spread: list[float] = []
    for number in range(run.rounds(ROUNDS)):
        for found, requests in _by_turns(number, (single, one), (spread, many)):
            found.append(saturate_cached(run.web, requests, run.seconds(CLOSED_SECONDS), seed=number).rate)
        run.say(f"round {number + 1}: one {single[-1]:,.0f}, {count} tenants {spread[-1]:,.0f} requests/s")
    return Figure(
        "many_tenants_cached",
        median(spread),
        "requests/s",
        protocol=(
            f"cached recommendations over {count} tenants ({ITEMS} items, {SHOPPERS} shoppers and a model each), tenants "
            f"by Zipf({EXPONENT}), {len(shoppers):,} different answers; closed loop, {CONNECTIONS} connections, {ROUNDS} rounds of {CLOSED_SECONDS} s by turns, A B B A"
        ),
        reference="as many different answers, all of one of the tenants",
        reference_value=median(single),
    )


def _uncached(
    run: Run, many: Many, alone: list[tuple[str, str]], crowd: list[tuple[str, str]], count: int
) -> Figure:
    for turn in range(12):  # until every process has loaded everybody
        paths = [f"{recommendation_path('s0')}&nonce=load-{turn}" for _ in many.keys]
        requests = [get(path, bearer(key)) for path, key in zip(paths, many.keys, strict=True)]
        saturate(run.web, iter(requests), connections=CONNECTIONS)
    own = [recommendation_path(shopper) for shopper in many.shoppers]
    # Half of what one tenant alone can take.
    most = saturate(
        run.web,
        anew(own, bearer(many.keys[0]), 1),
        connections=CONNECTIONS,
        seconds=run.seconds(CLOSED_SECONDS),
    ).rate
    single: list[float] = []
    spread: list[float] = []
    notes: list[str] = []
    for number in range(run.rounds(ROUNDS)):
        for found, pairs in _by_turns(number, (single, alone), (spread, crowd)):
            latency = open_loop(
                run,
                [recommendation_path(shopper) for _, shopper in pairs],
                most / 2,
                run.seconds(OPEN_SECONDS),
                keys=[key for key, _ in pairs],
            )
            found.append(latency.p95)
            who = "one" if pairs is alone else "all"
            notes.append(f"{who} {latency.p50:.1f}/{latency.p95:.1f}/{latency.p99:.1f}")
    return Figure(
        "many_tenants_uncached_p95",
        median(spread),
        "ms",
        protocol=(
            f"recommendations made anew over the same {count} tenants; k6, constant arrivals at {most / 2:,.0f}/s (half of "
            f"what one tenant alone saturates at), {ROUNDS} rounds of {OPEN_SECONDS} s by turns, A B B A, median of the p95"
        ),
        reference="the same load on one of the tenants",
        reference_value=median(single),
        note=f"p50/p95/p99 by turns: {', '.join(notes)}",
    )


def _by_turns(number: int, *sides: Side) -> Iterable[Side]:
    """A B, B A, A B, …: who comes second finds the machine as the first one left it."""
    return reversed(sides) if number % 2 else sides


def _requests(pairs: list[tuple[str, str]]) -> list[bytes]:
    return [get(recommendation_path(shopper), bearer(key)) for key, shopper in pairs]
