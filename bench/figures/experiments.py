"""Experiments: honest intervals, quick assignment, results of a million exposures."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from django.utils import timezone

from experiments.assignment import bucket, choose, shares, within
from experiments.results import results_of
from tenants.db import tenant_connection
from tenants.provisioning import create_tenant, offboard

from ..calibration import KINDS, LOOKED_AT, coverage, false_positives, verdict_false_positives
from ..ground.exposures import large_experiment
from ..load.quantiles import median
from ..outcome import Figure
from ..run import Run

TENANT = "bench-experiments"
TESTS, SEEDS, LOOKS = 2_000, 500, 100


def measure(run: Run) -> list[Figure]:
    return [*calibration(run.count, run.say), assignment(run.count(200_000)), results(run)]


def calibration(count: Callable[[int], int], say: Callable[[str], None]) -> list[Figure]:
    """Error rates over simulated experiments of each kind of metric; the worst kind is the figure."""
    tests, seeds = count(TESTS), count(SEEDS)
    found = {kind: 100 * false_positives(arm, tests=tests) for kind, arm in KINDS.items()}
    held = {kind: 100 * coverage(arm, tests=seeds) for kind, arm in KINDS.items()}
    say(f"{tests:,} tests, {LOOKS} looks each")
    stopped = {
        kind: verdict_false_positives(arm, tests=tests, looks=LOOKS // 2, beyond=2)
        for kind, arm in LOOKED_AT.items()
    }
    return [
        Figure(
            "experiment_false_positives",
            max(abs(rate - 5) for rate in found.values()),
            "points from 5 %",
            protocol=f"{tests:,} simulated A/A tests of each kind of metric, fixed interval; the kind farthest off",
            note=_by_kind(found),
        ),
        Figure(
            "experiment_sequential_false_positives",
            max(100 * always for always, _ in stopped.values()),
            "%",
            protocol=f"{tests:,} simulated A/A tests of each kind and of a ratio of few orders, called by the verdict at any of {LOOKS} looks, half of them beyond the planned size; the worst kind",
            reference="the fixed interval, looked at as often",
            reference_value=max(100 * once for _, once in stopped.values()),
            note=_by_kind({kind: 100 * always for kind, (always, _) in stopped.items()}),
        ),
        Figure(
            "experiment_coverage",
            max(abs(share - 95) for share in held.values()),
            "points from 95 %",
            protocol=f"{seeds:,} simulated tests of each kind with a lift of 10 %; how often the interval holds it",
            note=_by_kind(held),
        ),
    ]


def assignment(times: int) -> Figure:
    """Microseconds for taking part and variant of a unit, hashing included."""
    units = [secrets.token_bytes(16) for _ in range(times)]
    ends, ranges = shares([50, 30, 20]), [(0, 4_000), (6_000, 9_000)]
    started = time.perf_counter()
    for unit in units:
        if within(bucket("layer", unit), ranges):
            choose(bucket("experiment", unit), ends)
    taken = time.perf_counter() - started
    return Figure(
        "experiment_assignment",
        1e6 * taken / times,
        "µs",
        protocol=f"{times:,} units in process: a layer's bucket, then the variant's",
    )


def results(run: Run) -> Figure:
    """Seconds from the tables to a verdict, all metrics and looks, in a tenant made for it."""
    units, rounds = run.count(1_000_000), run.rounds(3)
    tenant = create_tenant(TENANT, "Bench", hosts=[f"{TENANT}.localhost"])
    try:
        now = timezone.now()
        run.say(f"writing {units:,} exposures")
        experiment = large_experiment(tenant.schema_name, units, now)
        times = []
        with tenant_connection(tenant.schema_name):
            for _ in range(rounds):
                started = time.perf_counter()
                found = results_of(tenant.schema_name, experiment, now)
                times.append(time.perf_counter() - started)
    finally:
        offboard(tenant, actor="bench")
    if found.units + found.crossed != units:
        raise RuntimeError(f"{found.units:,} of {units:,} exposures were counted")
    reduction = found.metrics[0].adjustment.reduction if found.metrics[0].adjustment else 0
    return Figure(
        "experiment_results",
        median(times),
        "s",
        protocol=(
            f"{units:,} exposures of shoppers with a past, four metrics, CUPED, 30 looks, median of {rounds}; from the "
            "tables to the verdict"
        ),
        note=f"slowest {max(times):.2f} s; CUPED took {100 * reduction:.0f} % of the variance",
    )


def _by_kind(rates: dict[str, float]) -> str:
    return ", ".join(f"{kind} {rate:.1f} %" for kind, rate in rates.items())
