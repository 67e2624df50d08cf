"""Ways to reach a shopper that came as traits. Which there are is noted beside the features; what they are is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = ("email", "phone")


def of(traits: Mapping[str, Any]) -> dict[str, bool]:
    """{"email": true}: the ways that `traits` name. One that was taken back (null, empty) is none."""
    return {kind: True for kind in KINDS if isinstance(traits.get(kind), str) and traits[kind].strip()}
