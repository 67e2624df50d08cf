"""Placements as serving needs them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlacementConfig:
    key: str
    strategy: str
    size: int
    max_per_category: int
