"""Reasons that are written on ways and messages of journeys, and looked for."""

from __future__ import annotations

PAUSED = "the journey is paused"
