"""The analyst on the running demo: builder → simulated shoppers with a known future → an interval that holds the truth."""

from __future__ import annotations

import datetime as dt
import os
import re

from tests.walks.analyst import Analyst, number

# Of the lab's 1,168 households; all of them take half a minute more.
SHOPPERS = int(os.environ.get("ATTUNE_WALK_SHOPPERS", "800"))
PLACEMENTS = ("home", "app", "email")


def test_from_the_builder_to_the_verdict(demo, page, shoot):
    analyst = Analyst(page, demo.url("lab"))
    analyst.sign_in("analyst", demo.password("lab", "analyst"))
    assert page.url.endswith("/admin/experiments/experiment/")

    # Beside another experiment on the same placement shoppers would see a mixture of both.
    busy = analyst.busy_placements()
    free = next((key for key in PLACEMENTS if key not in busy), None)
    assert free, f"Experiments run on all of {', '.join(PLACEMENTS)}: stop one of them in the lab's console."
    analyst.compare_strategies(f"Popular or personal, {dt.datetime.now():%d %b %H:%M:%S}", free)
    shoot(page, "experiment-builder")
    analyst.decide_by("Click-through")
    analyst.plan(SHOPPERS // 2)
    analyst.save_draft()
    key, experiment = analyst.key(), page.url
    analyst.start()
    try:
        printed = demo.manage(
            "simulate_shoppers", "--tenant", "lab", "--experiment", key, "--shoppers", str(SHOPPERS), seconds=600
        )  # fmt: skip
        print(printed)
        analyst.results(key)
        assert "Simulated shoppers" in analyst.verdict()
        shoot(page, "experiment-result")
        shoot(page, "experiment-result-phone", phone=True)
        # What households would have bought decides: the tool knows it, the page has only seen one variant of each.
        truth = true_difference(printed, "Click-through")
        low, high = analyst.interval()
        assert low <= truth <= high, printed
        assert sentence(printed) in analyst.verdict()
    finally:
        page.goto(experiment)
        analyst.stop("A walk through the demo; nothing is shown for it from now on.")


def true_difference(printed: str, metric: str) -> float:
    """From the table that `simulate_shoppers` prints: metric, measured, interval, truth, verdict."""
    line = next(line for line in printed.splitlines() if line.strip().startswith(f"{metric}, "))
    return number(re.split(r"\s{3,}", line.strip())[3])


def sentence(printed: str) -> str:
    """The verdict as `simulate_shoppers` prints it, below who took part."""
    lines = [line.strip() for line in printed.splitlines()]
    return lines[next(n for n, line in enumerate(lines) if "took part in" in line) + 1]
