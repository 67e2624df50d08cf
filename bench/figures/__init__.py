"""The measurements: each returns the figures that it promises, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from ..outcome import Figure
from ..run import Run


@dataclass(frozen=True, slots=True)
class Measurement:
    """`figures` are named before they are measured, so that a list needs no server."""

    name: str
    about: str
    figures: tuple[str, ...]

    def measure(self, run: Run) -> list[Figure]:
        # Late: what is measured imports Django's models, which need settings.
        module = import_module(f"{__name__}.{self.name}")
        return cast(Callable[[Run], list[Figure]], module.measure)(run)


# In this order: what needs a calm system first, what changes the shops' data last but for the memory of it all.
ALL = (
    Measurement("cached", "throughput of cached recommendations against a bare view", ("cached_throughput",)),
    Measurement(
        "uncached",
        "latency of recommendations made anew, at half of the saturating load",
        ("uncached_saturation", "uncached_p50", "uncached_p95", "uncached_p99"),
    ),
    Measurement("ranking", "ranking on the last days of the grocer's year", ("ranking_all", "ranking_new")),
    Measurement("provisioning", "a new tenant", ("provisioning",)),
    Measurement(
        "ingest",
        "events over HTTP, durable and deduplicated",
        ("ingest_100", "ingest_20", "ingest_1", "ingest_100_workers_running", "ingest_p99"),
    ),
    Measurement("spool", "what waited on disk, brought into the database", ("spool_drain",)),
    Measurement(
        "freshness",
        "from an event to a changed recommendation, feature and segment",
        ("freshness_p50", "freshness_p99", "freshness_feature_p99", "freshness_segment_p99"),
    ),
    Measurement(
        "processing", "whether workers keep up with 5,000 events/s", ("processing", "processing_behind")
    ),
    Measurement("fairness", "a tenant's freshness beside a flooded one", ("fairness_p99",)),
    Measurement(
        "worker_memory", "memory of the workers over ten minutes", ("worker_memory_growth", "worker_memory")
    ),
    Measurement(
        "imports",
        "a million lines of history, as NDJSON and as Parquet",
        ("import_ndjson", "import_ndjson_memory", "import_parquet", "import_parquet_memory"),
    ),
    Measurement(
        "million",
        "a million shoppers: size previews, profile reads, judging everybody",
        ("segment_preview", "profile_read_p50", "profile_read_p99", "segment_streaming", "segment_pass"),
    ),
    Measurement(
        "experiments",
        "honest intervals, quick assignment, results of a million exposures",
        (
            "experiment_false_positives",
            "experiment_sequential_false_positives",
            "experiment_coverage",
            "experiment_assignment",
            "experiment_results",
        ),
    ),
    Measurement(
        "journeys",
        "transitions a second, and punctual wake-ups of 200,000 waiting shoppers",
        ("journey_transitions", "journey_wake_up_p99"),
    ),
    Measurement(
        "erasure", "a household with its year of history, erased with proof", ("erasure", "erasure_hits")
    ),
    Measurement(
        "many_tenants", "200 tenants against one", ("many_tenants_cached", "many_tenants_uncached_p95")
    ),
    Measurement("memory", "of the web processes and of everything", ("web_memory", "demo_memory")),
)


class UnknownFigure(Exception):
    """The message names what there is."""


def chosen(names: Iterable[str]) -> list[Measurement]:
    """The measurements that give these figures (or have these names), in their own order; all for none."""
    wanted = set(names)
    unknown = wanted - {m.name for m in ALL} - {figure for m in ALL for figure in m.figures}
    if unknown:
        known = ", ".join(m.name for m in ALL)
        raise UnknownFigure(f"There is no figure {', '.join(sorted(unknown))}. There are: {known}.")
    return [m for m in ALL if not wanted or m.name in wanted or wanted & set(m.figures)]
