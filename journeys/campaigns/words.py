"""Reasons that are written on messages of campaigns, and looked for."""

from __future__ import annotations

PAUSED = "the campaign is paused"
CANCELLED = "the campaign was cancelled"
