"""Data regions: a tenant's data goes to no place outside of its own."""

from __future__ import annotations

from ..models import Tenant
from .base import Connector

NAMES = {"eu": "the European Union", "us": "the United States"}
CHOICES = (("eu", "European Union"), ("us", "United States"), ("elsewhere", "Somewhere else"))


def refusal(tenant: Tenant, connector: Connector, config: dict[str, object]) -> str:
    """Why the tenant's data may not go there, as a sentence; "" when it may."""
    there = connector.region(config)
    if there in ("", tenant.region):
        return ""
    home, away = NAMES.get(tenant.region, tenant.region.upper()), NAMES.get(there, "a place outside of it")
    return f"This shop's data stays in {home}, and the destination is in {away}."
