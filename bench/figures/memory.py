"""Memory after all the loads of this run: the highest sample counts."""

from __future__ import annotations

from ..outcome import Figure
from ..run import Run

MEGABYTE = 1_000_000


def measure(run: Run) -> list[Figure]:
    run.sample_memory("a while of rest")
    after = ", ".join(sample.after for sample in run.memory[:-1]) or "no load"
    largest = max(run.memory, key=lambda sample: max(sample.web))
    whole = max(run.memory, key=lambda sample: sum(sample.whole.values()))
    by_turns = ", ".join(f"{sample.after} {max(sample.web) / MEGABYTE:.0f}" for sample in run.memory)
    private = max(max(sample.web_private) for sample in run.memory)
    parts = sorted(whole.whole.items(), key=lambda part: -part[1])[:6]
    return [
        Figure(
            "web_memory",
            max(largest.web) / MEGABYTE,
            "MB",
            protocol=(
                "resident set (RSS, mapped model files and shared libraries included) of the largest web process, the "
                f"highest sample; sampled after: {after}"
            ),
            note=f"private (USS) at most {private / MEGABYTE:.0f} MB; by turns: {by_turns}",
        ),
        Figure(
            "demo_memory",
            sum(whole.whole.values()) / MEGABYTE,
            "MB",
            protocol=(
                "proportional set (PSS: shared pages counted once) summed over the supervisor and all processes below it, "
                f"PostgreSQL, Valkey and workers included; the highest sample; sampled after: {after}"
            ),
            note=f"highest after {whole.after}: "
            + ", ".join(f"{name} {size / MEGABYTE:.0f}" for name, size in parts),
        ),
    ]
