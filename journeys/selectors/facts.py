"""The names that exist for the connection's tenant, for the canvas and for validation."""

from __future__ import annotations

from experiments.models import Experiment
from profiles.features.definitions import FEATURES
from profiles.segments.models import Segment
from profiles.segments.selectors import facts as segment_facts
from recommendations.models import Placement

from ..facts import STANDARD_EVENTS, Facts
from ..messages.liquid import problems_of
from ..models import EventName, MessageTemplate

MOST_EVENTS = 2000


def placements() -> frozenset[str]:
    """The keys that templates may name."""
    return frozenset(Placement.objects.filter(enabled=True).values_list("key", flat=True))


def facts() -> Facts:
    """Seven queries; Liquid is parsed once per process and text."""
    seen = EventName.objects.values_list("name", flat=True)[:MOST_EVENTS]
    events = {name.strip().lower(): name for name in [*seen, *STANDARD_EVENTS]}
    there = placements()
    experiments = {}
    for experiment in (
        Experiment.objects.filter(kind=Experiment.Kind.JOURNEY)
        .exclude(status=Experiment.Status.ARCHIVED)
        .prefetch_related("variants")
    ):
        variants = tuple((v.key, v.name or v.key) for v in experiment.variants.all())
        experiments[experiment.key] = (experiment.name, variants)
    return Facts(
        events=tuple(sorted(events.values(), key=str.lower)),
        segments=dict(Segment.objects.filter(status=Segment.Status.LIVE).values_list("key", "name")),
        templates={
            t.key: (t.name, t.channel, problems_of(there, subject=t.subject, html=t.html, text=t.text))
            for t in MessageTemplate.objects.all()
        },
        experiments=experiments,
        features=(
            *((f.name, f.description) for f in FEATURES),
            *((f"traits.{key}", trait.name) for key, trait in segment_facts().traits.items()),
        ),
    )
