"""How many came to each node, are there now, and left it by which way."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Sum

from ..models import Enrolment, Journey, NodeCount


@dataclass(slots=True)
class NodeCounts:
    """`here`: how many are there at this moment. `ports`: left by port. `outcomes`: ended here, by outcome."""

    entered: int = 0
    here: int = 0
    ports: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overview:
    entered: int
    inside: int
    goals: int
    finished: dict[str, int]

    @property
    def goal_rate(self) -> float | None:
        return self.goals / self.entered if self.entered else None


def counts(journey: Journey, version_id: int | None = None) -> dict[str, NodeCounts]:
    """By node key, over all published versions or one. Nodes that nobody reached are absent. One query."""
    versions = [version_id] if version_id else list(journey.versions.values_list("pk", flat=True))
    found: dict[str, NodeCounts] = {}
    rows = (
        NodeCount.objects.filter(version_id__in=versions)
        .values_list("node", "name")
        .annotate(total=Sum("amount"))
    )
    left: dict[str, int] = {}
    for node, name, total in rows:
        count = found.setdefault(node, NodeCounts())
        kind, _, rest = name.partition(":")
        if kind == "entered":
            count.entered = total
        elif kind == "left":
            left[node] = total
        elif kind == "port":
            count.ports[rest] = total
        elif kind == "outcome":
            count.outcomes[rest] = total
    for node, count in found.items():
        count.here = max(count.entered - left.get(node, 0), 0)
    return found


def overview(journey: Journey) -> Overview:
    """The journey as a whole, from the counts: the canvas asks every few seconds."""
    versions = list(journey.versions.values_list("pk", flat=True))
    totals = dict(
        NodeCount.objects.filter(version_id__in=versions, node="")
        .values_list("name")
        .annotate(total=Sum("amount"))
    )
    finished = {
        name.partition(":")[2]: total for name, total in totals.items() if name.startswith("outcome:")
    }
    entered = totals.get("entered", 0)
    return Overview(
        entered=entered,
        inside=max(entered - sum(finished.values()), 0),
        goals=totals.get("goal", 0),
        finished=finished,
    )


def goal_revenue(journey: Journey) -> float:
    """Of the orders that reached the goal, in the tenant's currency. Reads every enrolment with a goal: not for polling."""
    reached = Enrolment.objects.filter(journey=journey, goal_at__isnull=False)
    return float(reached.aggregate(total=Sum("goal_value"))["total"] or 0)
