"""The ways by which messages leave. A new one is a module here and a line below."""

from __future__ import annotations

from typing import cast

from . import sandbox, smtp, webhook
from .base import Channel

CHANNELS: dict[str, Channel] = {c.kind: cast(Channel, c) for c in (sandbox, smtp, webhook)}


def in_database(kind: str) -> bool:
    """Whether the channel's delivery is part of the result's transaction."""
    return bool(getattr(CHANNELS[kind], "in_database", False))
