"""Reading journeys: what a graph may refer to, how many are where."""

from .counts import NodeCounts, counts, goal_revenue, overview
from .facts import facts

__all__ = ["NodeCounts", "counts", "facts", "goal_revenue", "overview"]
