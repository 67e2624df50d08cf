"""The events that wait, for Prometheus. Which tenants there are is told on the operator's hosts alone."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import DatabaseError
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest

from .backlog import Backlog, backlogs


class _Collector:
    def __init__(self, found: list[Backlog], *, by_tenant: bool) -> None:
        self.found, self.by_tenant = found, by_tenant

    def collect(self) -> Iterable[Metric]:
        """Gauges; over all tenants: sums, and the longest wait."""
        names = ["tenant", "kind"] if self.by_tenant else ["kind"]
        waiting = GaugeMetricFamily(
            "attune_events_waiting", "Events that no worker has processed yet", labels=names
        )
        oldest = GaugeMetricFamily(
            "attune_events_oldest_seconds", "How long the oldest live event has waited", labels=names[:-1]
        )
        tenants = GaugeMetricFamily(
            "attune_tenants_waiting", "Tenants whose events wait", value=len(self.found)
        )
        if self.by_tenant:
            for one in self.found:
                waiting.add_metric([one.slug, "live"], one.live)
                waiting.add_metric([one.slug, "bulk"], one.bulk)
                oldest.add_metric([one.slug], one.seconds)
        else:
            waiting.add_metric(["live"], sum(one.live for one in self.found))
            waiting.add_metric(["bulk"], sum(one.bulk for one in self.found))
            oldest.add_metric([], max((one.seconds for one in self.found), default=0.0))
        return waiting, oldest, tenants


def exposition(*, by_tenant: bool) -> bytes:
    """In Prometheus' text format; nothing while the database is away."""
    try:
        found = backlogs()
    except DatabaseError:
        return b""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(found, by_tenant=by_tenant))  # type: ignore[arg-type]
    return generate_latest(registry)
