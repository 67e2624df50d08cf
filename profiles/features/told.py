"""Features that are read off traits: who somebody is, and how they can be reached.

Made anew from all traits whenever these are sealed, never from one event: which trait holds is decided where traits are
kept, and these follow, in whatever order the events came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import contact, demographics


def derive(features: dict[str, Any], traits: Mapping[str, Any], *, observed: bool) -> None:
    """Change `features` to what `traits` (all that hold now) say.

    `observed`: whether anything may be derived of the shopper. Without, only the ways to reach them are noted.
    """
    _keep(features, "contact", contact.of(traits))
    if observed:
        _keep(features, "demographics", demographics.from_traits(traits))


def _keep(features: dict[str, Any], name: str, said: dict[str, Any]) -> None:
    if said:
        features[name] = said
    else:
        features.pop(name, None)
