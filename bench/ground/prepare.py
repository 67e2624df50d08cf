"""The data that is measured on: the demo's two shops in the bench's own database, kept for the next run."""

from __future__ import annotations

import json

from django.db import transaction

from tenants import keyring
from tenants.models import Plan, Tenant

from .clean import take_events_back
from .environment import Site
from .shoppers import GROCER
from .stack import manage


def prepare_demo(site: Site) -> None:
    """Load and train the demo's shops where they are not there yet, and lift their plan's limits."""
    manage(site, "setup_demo")
    take_events_back(GROCER)  # of a run that was killed
    with transaction.atomic():
        if Tenant.objects.filter(slug__in=("grocer", "outfitter")).update(plan=unlimited_plan()):
            keyring.changed()


def unlimited_plan() -> Plan:
    """Zero means no limit; requests and events are counted all the same."""
    limits = {"requests_per_second": 0, "events_per_day": 0, "profiles": 0, "llm_dollars_per_day": 0}
    return Plan.objects.update_or_create(name="Bench", defaults=limits)[0]


def secret_key(site: Site, tenant: str) -> str:
    return str(json.loads((site.var / "demo-keys.json").read_text())[tenant]["secret"])
