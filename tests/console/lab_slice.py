"""A slice of the lab: 220 households of the grocer's, served over HTTP, with workers that the test itself plays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread

from catalog.services import upsert_items
from config.demo import complete_journey
from config.demo.lab import data
from experiments.models import Experiment
from profiles.history import import_history
from profiles.models import Interaction
from profiles.processing.batches import run_once
from recommendations import traces
from recommendations.state import rebuild_states
from recommendations.training import train_tenant
from tenants.db import tenant_connection
from tenants.keyring import scope_of_tenant
from tenants.models import Tenant

HOUSEHOLDS = 220


@dataclass(frozen=True)
class Slice:
    url: str
    households: list[str]
    wants: dict[str, dict[str, data.Bought]]
    settle: Callable[[int, int], None]


@contextmanager
def served(tenant: Tenant, today: dt.date) -> Iterator[Slice]:
    """The tenant filled, trained on what was before the cut alone, and answering."""
    cut = data.cut_day(today)
    households = fill(tenant, today, cut)
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    wants = {name: dict(mine) for name, mine in data.wants(cut).items() if name in households}

    def settle(exposures: int, events: int) -> None:
        with tenant_connection(tenant.schema_name):
            while run_once(scope_of_tenant(tenant)):
                pass
        traces.drain()

    try:
        yield Slice(f"http://alpha.localhost:{server.port}", households, wants, settle)
    finally:
        server.terminate()
        data.forget()


def fill(tenant: Tenant, today: dt.date, cut: dt.date) -> list[str]:
    lines = data.before(cut)
    households = np.unique(lines["household_id"])[:HOUSEHOLDS]
    mine = {name: column[np.isin(lines["household_id"], households)] for name, column in lines.items()}
    ids, count = np.unique(mine["product_id"], return_counts=True)
    mine = {name: column[np.isin(mine["product_id"], ids[count >= 5])] for name, column in mine.items()}
    tenant.settings = {"shop": True, "lab_cut": cut.isoformat()}
    tenant.save()
    schema, scope = tenant.schema_name, scope_of_tenant(tenant)
    with tenant_connection(schema):
        upsert_items(schema, complete_journey.products(mine, np.unique(mine["product_id"])), currency="USD")
        history = complete_journey.history_of(mine, (today - cut).days)
        import_history(
            scope, history.frames(), source="slice", digest="slice", shift_days=history.offset_days
        )
        # What the model is trained on ends at the cut.
        assert Interaction.objects.latest("at").at.date() < today
        rebuild_states(schema)
        train_tenant(schema)
    return [str(name) for name in households.tolist()]


def with_salt(key: str, salt: str) -> None:
    """The same shoppers in the same variants in every run of the test."""
    Experiment.objects.filter(key=key).update(salt=salt)
