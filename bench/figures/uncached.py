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
CLOSED_ROUNDS = 3
CLOSED_SECONDS = 5
OPEN_SECONDS = 40
REFERENCE_SECONDS = 15


class Cached(Exception):
    """Answers that were to be made anew came from the cache."""


def measure(run: Run) -> list[Figure]:
    headers = bearer(secret_key(run.site, GROCER))
    paths = [recommendation_path(user) for user in households()]
    # By number, not by time: however long it takes until every process has loaded the shop.
    saturate(run.web, itertools.islice(anew(paths, headers, -1), WARM_UP), connections=CONNECTIONS)
    rates = [
        saturate(
            run.web, anew(paths, headers, n), connections=CONNECTIONS, seconds=run.seconds(CLOSED_SECONDS)
        ).rate
        for n in range(run.rounds(CLOSED_ROUNDS))
    ]
    most, bare_most = median(rates), saturate_bare(run).rate
    run.say(f"saturated at {most:,.0f} requests/s; open loop at {most / 2:,.0f}")
    ours = open_loop(run, paths, most / 2, run.seconds(OPEN_SECONDS), headers=headers)
    bare = constant_arrivals(
        run.reference,
        ["/bare?"],
        rate=most / 2,
        seconds=run.seconds(REFERENCE_SECONDS),
        folder=run.site.scratch,
    )
    protocol = (
        f"GET /api/v1/recommendations, households at random, each with a parameter of its own so that none is cached; "
        f"k6, constant arrivals at {most / 2:,.0f}/s (half of the saturating {most:,.0f}/s) for {OPEN_SECONDS} s"
    )
    stages = ", ".join(f"{name} {ms:.2f}" for name, ms in ours.stages.items())
    return [
        Figure(
            "uncached_saturation",
            most,
            "requests/s",
            protocol=(
                f"the same requests in a closed loop, {CONNECTIONS} connections, median of {CLOSED_ROUNDS} rounds of "
                f"{CLOSED_SECONDS} s"
            ),
            reference="bare DRF view, same closed loop",
            reference_value=bare_most,
        ),
        *(
            Figure(
                f"uncached_p{share}",
                getattr(ours, f"p{share}"),
                "ms",
                protocol=protocol,
                reference="bare DRF view under the same arrivals",
                reference_value=getattr(bare, f"p{share}"),
                note=f"means of the stages in ms: {stages}; longest {ours.longest:.0f}"
                if share == 95
                else "",
            )
            for share in (50, 95, 99)
        ),
    ]


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
