"""The segments that the demo begins with, live and with their members."""

from __future__ import annotations

from profiles.models import ComputedTrait, Segment
from profiles.segments import recompute, services
from profiles.segments.forms import SegmentForm
from profiles.segments.ready import READY, Ready, lovers_of
from tenants.scope import Scope

_EVERYWHERE = ("lapsing-regulars", "big-baskets", "reachable-by-email")
# Where there are computed traits.
_BY_TRAIT = Ready(
    "top-spenders",
    "Top spenders",
    "Spent 400 or more in three months.",
    {"type": "all", "of": [{"type": "trait", "trait": "revenue_of_90_days", "op": ">=", "value": 400}]},
)
_OF_SHOP = {
    "groceries": (lovers_of("Coffee lovers", "Grocery > Coffee"),),
    "fashion": tuple(one for one in READY if one.key == "window-shoppers"),
}


def ready_segments(kind: str) -> list[Ready]:
    return [*(one for one in READY if one.key in _EVERYWHERE), *_OF_SHOP.get(kind, ())]


def make_segments(scope: Scope, kind: str) -> None:
    """Make what is missing and look at everybody; running it twice changes nothing."""
    there = set(Segment.objects.values_list("key", flat=True))
    traits = set(ComputedTrait.objects.values_list("key", flat=True))
    for ready in [*ready_segments(kind), *([_BY_TRAIT] if "revenue_of_90_days" in traits else [])]:
        if ready.key not in there:
            form = SegmentForm(ready.name, ready.definition, ready.description)
            segment = services.create_segment(scope, form, actor="system", key=ready.key)
            services.go_live(scope, segment, actor="system")
    while recompute.run_turn(scope):
        pass
