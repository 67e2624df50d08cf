"""What the segment builder offers: kinds of conditions, features by group, acts, other segments."""

from __future__ import annotations

from typing import Any

from ..features.definitions import FEATURES
from ..models import ComputedTrait, Identifier, Segment
from ..segments.conditions.act import ACTS
from ..segments.conditions.consent import CHANNELS
from ..segments.conditions.feature import label
from ..segments.features import COLUMNS
from ..traits.measure import parse
from .trait_page import seen_events

_GROUPS = {
    "demographics": "Who",
    "behaviour": "Behaviour",
    "preferences": "Preferences",
    "engagement": "Engagement",
    "product": "Products",
    "context": "Context",
}
# What each kind of condition starts with.
STARTS: list[dict[str, Any]] = [
    {"label": "What they did", "hint": "Viewed, bought, spent, ordered …", "node": {"type": "act", "act": "bought", "op": ">=", "value": 1, "days": 30, "categories": [], "brands": [], "items": [], "value_min": None}},
    {"label": "Any event", "hint": "By its name and properties, how often", "node": {"type": "event", "event": "", "where": [], "by": "times", "property": "", "op": ">=", "value": 1, "days": 30, "lines": ""}},
    {"label": "A computed trait", "hint": "What you have computed of shoppers", "node": {"type": "trait", "trait": "", "op": ">=", "value": 1, "values": []}},
    {"label": "A feature", "hint": "Revenue, favourite categories, device …", "node": {"type": "feature", "feature": "revenue_90d", "op": ">=", "value": 100, "values": []}},
    {"label": "When they were seen", "hint": "First or last seen", "node": {"type": "seen", "which": "last", "op": "within", "days": 30}},
    {"label": "How we can reach them", "hint": "E-mail or phone known", "node": {"type": "identifier", "kind": "email", "known": True}},
    {"label": "What they agreed to", "hint": "Consent by purpose and channel", "node": {"type": "consent", "purpose": "marketing", "channel": "email", "granted": True}},
    {"label": "Another segment", "hint": "Who is in it, or is not", "node": {"type": "segment", "segment": "", "member": True}},
]  # fmt: skip


def catalogue(segment: Segment | None, currency: str) -> dict[str, Any]:
    """Everything the builder's script needs, as plain JSON."""
    others = Segment.objects.exclude(status=Segment.Status.ARCHIVED)
    if segment is not None:
        others = others.exclude(pk=segment.pk)
    groups: dict[str, list[dict[str, Any]]] = {}
    for feature in FEATURES:
        name = label(feature.name)
        entry = {
            "value": feature.name,
            "label": name[:1].upper() + name[1:],
            "hint": feature.description,
            "kind": COLUMNS[feature.name].kind,
            "find": _FINDS.get(feature.name, f"feature-{feature.name}"),
        }
        groups.setdefault(_GROUPS[feature.group], []).append(entry)
    return {
        "starts": STARTS,
        "features": [{"group": group, "features": features} for group, features in groups.items()],
        "acts": [
            {"value": name, "label": act.verb[:1].upper() + act.verb[1:], "items": act.kind is not None}
            for name, act in ACTS.items()
        ],
        "kinds": [{"value": value, "label": str(text)} for value, text in Identifier.Kind.choices],
        "channels": [
            {"value": "", "label": "any channel"},
            *({"value": v, "label": t} for v, t in CHANNELS.items()),
        ],
        "segments": [
            {"value": key, "label": f"{name} (draft)" if status == "draft" else name}
            for key, name, status in others.values_list("key", "name", "status")
        ],
        "traits": [
            {"value": trait.key, "label": trait.name, "kind": measure.kind, "hint": measure.words()}
            for trait in ComputedTrait.objects.filter(status=ComputedTrait.Status.LIVE)
            for measure in (parse(trait.definition),)
        ],
        **seen_events(),
        "currency": currency,
    }


_FINDS = {"brand_affinity": "brand"}
