"""Ways to reach a shopper that came as traits. Which there are is noted beside the features; what they are is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = ("email", "phone")
_NAME = "contact"


def note(features: dict[str, Any], traits: Mapping[str, Any]) -> None:
    """Note what `traits` say: {"contact": {"email": true}}. One that is taken back (null, empty) is forgotten."""
    said = [kind for kind in KINDS if kind in traits]
    if not said:
        return
    known = dict(features.get(_NAME, {}))
    for kind in said:
        if isinstance(traits[kind], str) and traits[kind].strip():
            known[kind] = True
        else:
            known.pop(kind, None)
    features[_NAME] = known


def merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    """Another profile's ways are this one's too, as its traits are."""
    if other.get(_NAME):
        into[_NAME] = {**other[_NAME], **into.get(_NAME, {})}
