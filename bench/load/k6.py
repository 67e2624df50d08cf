"""Latency of GET requests at a constant arrival rate, by k6: its binary comes with the development requirements."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .wire import Target

SCRIPT = Path(__file__).with_name("arrivals.js")
# As Server-Timing names them.
STAGES = ("profile", "recommendation", "guardrail", "explanation", "evaluator", "total")


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds over `count` requests. `stages`: mean per stage of Server-Timing, over the answers that name it."""

    count: int
    p50: float
    p95: float
    p99: float
    longest: float
    stages: dict[str, float]
    cached: int


class LoadNotDelivered(Exception):
    """Requests failed, or k6 could not keep the rate: the percentiles would be of another load."""


def binary() -> Path:
    return Path(sys.executable).with_name("k6")


def constant_arrivals(
    target: Target,
    paths: Sequence[str],
    *,
    rate: float,
    seconds: float,
    folder: Path,
    headers: Mapping[str, str] | None = None,
    keys: Sequence[str] = (),
    nonce: bool = False,
) -> Latency:
    """GET `paths` (in their order, again and again) at `rate` a second for `seconds`.

    `keys[i]`, where given, is the bearer key of `paths[i]`. With `nonce` each request carries a parameter that no
    request had before, so that no cache has its answer. Raises LoadNotDelivered.
    """
    folder.mkdir(parents=True, exist_ok=True)
    task, summary = folder / "k6-task.json", folder / "k6-summary.json"
    # A quarter of a second's requests may be under way before k6 has to make more connections (at most eight times as many).
    connections = max(50, math.ceil(rate / 4))
    task.write_text(
        json.dumps(
            {
                "base": target.url,
                "paths": list(paths),
                "keys": list(keys),
                "headers": dict(headers or {}),
                "nonce": nonce,
                "stages": STAGES,
                # k6 takes whole numbers: requests per ten seconds are exact enough.
                "rate": max(1, round(rate * 10)),
                "seconds": seconds,
                "vus": connections,
            }
        )
    )
    command = [str(binary()), "run", "--quiet", "--no-usage-report", "--address", "", str(SCRIPT)]
    command += ["--summary-export", str(summary), "--env", f"TASK={task}"]
    # One core of the two at most: the other half of what it would take is only coordination.
    environment = {**os.environ, "GOMAXPROCS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + 90, check=False, env=environment
    )
    if done.returncode:
        raise LoadNotDelivered(f"k6 ended with {done.returncode}: {(done.stderr or done.stdout)[-1500:]}")
    return read_summary(json.loads(summary.read_text())["metrics"], rate * seconds)


def read_summary(metrics: Mapping[str, Mapping[str, float]], planned: float) -> Latency:
    """What k6 wrote, as a Latency; raises LoadNotDelivered when more than 1 % is missing or anything failed."""
    taken = metrics["http_req_duration"]
    count = int(metrics["http_reqs"]["count"])
    failed = int(metrics.get("bad_answers", {}).get("count", 0))
    if failed:
        raise LoadNotDelivered(f"{failed} of {count} requests were not answered with 200")
    if count < 0.99 * planned - 1:
        raise LoadNotDelivered(f"only {count} of {planned:.0f} requests were sent: k6 had no connection free")
    stages = {
        name.removeprefix("stage_"): float(values["avg"])
        for name, values in metrics.items()
        if name.startswith("stage_") and values.get("count")
    }
    return Latency(
        count=count,
        p50=float(taken["p(50)"]),
        p95=float(taken["p(95)"]),
        p99=float(taken["p(99)"]),
        longest=float(taken["max"]),
        stages=stages,
        cached=int(metrics.get("cached", {}).get("count", 0)),
    )
