"""What a simulation printed: what the experiment says beside what is true."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.models import Experiment
from experiments.results.words import Wording, sentence
from tenants.models import Tenant

from .simulate import Outcome


def lines(outcome: Outcome, tenant: Tenant, experiment: Experiment) -> Iterator[str]:
    wording = Wording(tenant.currency)
    yield ""
    yield f"  {outcome.took_part:,} of {outcome.asked:,} simulated shoppers took part in “{experiment.name}”"
    yield f"  {sentence(outcome.results, wording)}"
    yield ""
    names = {arm.key: arm.name for arm in outcome.results.arms}
    rows = [("", "measured difference", "interval", "true difference", "")]
    for line in outcome.lines:
        say = lambda value, metric=line.metric: wording.difference(metric, value)  # noqa: E731
        label = f"{line.metric.name}, {names[line.variant]}"
        if line.interval is None:
            rows.append((label, "–", "–", say(line.truth.difference), "not enough numbers"))
            continue
        verdict = "inside" if line.holds else "OUTSIDE"
        spread = f"{say(line.interval.low)} to {say(line.interval.high)}"
        rows.append((label, say(line.interval.value), spread, say(line.truth.difference), verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + "   ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
    yield ""
    if outcome.results.arms:
        yield "  The interval is meant to hold the truth 95 times in 100. Every number here is of simulated shoppers."
    if outcome.counted_elsewhere:
        others = ", ".join(f"“{name}”" for name in outcome.counted_elsewhere)
        yield (
            f"  The same households were in {others} before: what they bought now counts there too, so its results have "
            "changed. Only the newest simulation is to be read."
        )
