"""Recommendations made anew, with every stage: latency at half of what the server can do."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Iterator, Sequence

from ..ground.prepare import secret_key
from ..ground.shoppers import GROCER, households
from ..load.closed import saturate
from ..load.k6 import Latency, constant_arrivals
from ..load.quantiles import median
from ..load.wire import bearer, get
from ..outcome import Figure
from ..run import Run
from .cached import CONNECTIONS, recommendation_path, saturate_bare

WARM_UP = 400
ROUNDS = 5
CLOSED_SECONDS = 4
OPEN_SECONDS = 15
REFERENCE_SECONDS = 6
SHARES = (50, 95, 99)


class Cached(Exception):
    """Answers that were to be made anew came from the cache."""


def measure(run: Run) -> list[Figure]:
    """Rounds of saturation and arrivals at half of it, medians of all: a shared machine is twice as fast at one minute
    as at another, and a load that is half of an earlier minute's is not half of this one's."""
    headers = bearer(secret_key(run.site, GROCER))
    paths = [recommendation_path(user) for user in households()]
    # By number, not by time: however long it takes until every process has loaded the shop.
    saturate(run.web, itertools.islice(anew(paths, headers, -1), WARM_UP), connections=CONNECTIONS)
    most, bare_most = [], []
    ours: list[Latency] = []
    bare: list[Latency] = []
    for number in range(run.rounds(ROUNDS)):
        requests = anew(paths, headers, number)
        most.append(
            saturate(run.web, requests, connections=CONNECTIONS, seconds=run.seconds(CLOSED_SECONDS)).rate
        )
        rate = most[-1] / 2
        ours.append(open_loop(run, paths, rate, run.seconds(OPEN_SECONDS), headers=headers))
        bare_most.append(saturate_bare(run).rate)
        bare.append(
            constant_arrivals(
                run.reference,
                ["/bare?"],
                rate=rate,
                seconds=run.seconds(REFERENCE_SECONDS),
                folder=run.site.scratch,
            )
        )
        run.say(
            f"round {number + 1}: saturated at {most[-1]:,.0f} requests/s; at half of it p50 {ours[-1].p50:.1f}, "
            f"p95 {ours[-1].p95:.1f}, p99 {ours[-1].p99:.1f} ms; bare view {bare[-1].p95:.2f} ms at p95"
        )
    protocol = (
        f"GET /api/v1/recommendations, households at random, each with a parameter of its own so that none is cached; "
        f"{ROUNDS} rounds, medians: a closed loop of {CLOSED_SECONDS} s, then k6, constant arrivals at half of what it "
        f"reached (median {median(most) / 2:,.0f}/s) for {OPEN_SECONDS} s"
    )
    stages = ", ".join(
        f"{name} {median([o.stages[name] for o in ours if name in o.stages]):.2f}" for name in ours[0].stages
    )
    return [
        Figure(
            "uncached_saturation",
            median(most),
            "requests/s",
            protocol=(
                f"the same requests in a closed loop, {CONNECTIONS} connections, median of {ROUNDS} rounds of "
                f"{CLOSED_SECONDS} s"
            ),
            reference="bare DRF view, same closed loop",
            reference_value=median(bare_most),
        ),
        *(
            Figure(
                f"uncached_p{share}",
                median([getattr(o, f"p{share}") for o in ours]),
                "ms",
                protocol=protocol,
                reference="bare DRF view under the same arrivals",
                reference_value=median([getattr(b, f"p{share}") for b in bare]),
                note=_spread(ours, share) + (f"; means of the stages in ms: {stages}" if share == 95 else ""),
            )
            for share in SHARES
        ),
    ]


def _spread(ours: Sequence[Latency], share: int) -> str:
    values = sorted(getattr(o, f"p{share}") for o in ours)
    return f"rounds from {values[0]:.1f} to {values[-1]:.1f}"


def anew(paths: Sequence[str], headers: dict[str, str], seed: int) -> Iterator[bytes]:
    """Requests for `paths` in random order, each with a parameter that no other has."""
    rng, run = random.Random(seed), uuid.uuid4().hex[:8]
    empty = get("", headers)
    head, tail = empty[: len(b"GET ")], empty[len(b"GET ") :]
    for number in itertools.count():
        yield b"%b%b&nonce=%b-%d%b" % (head, rng.choice(paths).encode(), run.encode(), number, tail)


def open_loop(
    run: Run,
    paths: Sequence[str],
    rate: float,
    seconds: float,
    *,
    headers: dict[str, str] | None = None,
    keys: Sequence[str] = (),
) -> Latency:
    """Constant arrivals of requests that no cache can answer; raises Cached when one did."""
    found = constant_arrivals(
        run.web,
        paths,
        rate=rate,
        seconds=seconds,
        folder=run.site.scratch,
        headers=headers,
        keys=keys,
        nonce=True,
    )
    if found.cached:
        raise Cached(f"{found.cached} of {found.count} answers came from the cache")
    return found
