"""What a start would touch, in numbers, before anybody starts it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..models import Experiment, Variant
from ..subjects import cleaned, subject_of
from .checks import Problem, problems
from .lifecycle import room_in
from .overlaps import Overlap, overlaps

DAYS = 7


@dataclass(frozen=True, slots=True)
class Shown:
    """A variant, what its shoppers get in words, and how many of them come in a week as far as one can tell."""

    variant: Variant
    shows: str
    weekly: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`reach`: shoppers with a profile who came there within the last week; None when nobody counts them."""

    shown: tuple[Shown, ...]
    reach: int | None
    taking_part: int
    target: str
    layer_room: Decimal | None
    overlaps: tuple[Overlap, ...]
    problems: tuple[Problem, ...]


def preview(experiment: Experiment) -> Preview:
    """For a draft: what its start does. For one that runs: what it does."""
    subject = subject_of(experiment.kind)
    reach = subject.reach(experiment.placement, DAYS) if subject else None
    taking = (reach or 0) * float(experiment.traffic) / 100
    if experiment.segment is not None:
        # Nobody counts a segment's members by placement; they are no more than the segment has.
        taking = min(taking, experiment.segment.members)
    shown = []
    for variant in experiment.variants.all():
        try:
            payload = cleaned(subject.fields(), variant.payload) if subject else {}
            words = subject.describe(experiment.placement, payload) if subject else ""
        except ValueError:
            words = ""
        shown.append(Shown(variant, words, round(taking * float(variant.weight) / 100)))
    return Preview(
        shown=tuple(shown),
        reach=reach,
        taking_part=round(taking),
        target=dict(subject.targets()).get(experiment.placement, experiment.placement) if subject else "",
        layer_room=room_in(experiment.layer, experiment) if experiment.layer else None,
        overlaps=tuple(overlaps(experiment)),
        problems=() if experiment.has_run else tuple(problems(experiment)),
    )
