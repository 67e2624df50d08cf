"""What makes a tenant the lab: the day of its cut, and a first experiment as a draft that somebody starts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from experiments import services
from experiments.models import Experiment, Metric
from profiles.models import HistoryImport
from tenants.db import tenant_connection
from tenants.models import Tenant

KEY = "personal-against-popular"


def ensure_lab(tenant: Tenant, source: str) -> None:
    """Note the cut that the loaded history ends at, and make the experiment when the tenant has none at all."""
    with tenant_connection(tenant.schema_name):
        loaded = HistoryImport.objects.get(source=source, done=True)
        cut = loaded.started_at.date() - dt.timedelta(days=loaded.shift_days)
        if tenant.settings.get("lab_cut") != cut.isoformat():
            tenant.settings = {**tenant.settings, "lab_cut": cut.isoformat()}
            tenant.save(update_fields=["settings"])
        if Experiment.objects.exists():
            return
        metrics = dict(Metric.objects.values_list("key", "pk"))
        services.create(
            services.Draft(
                fields={
                    "name": "Personal against popular",
                    "hypothesis": "Shoppers find more of what they want among recommendations made for them than "
                    "among what sells best.",
                    "kind": "placement",
                    "placement": "home",
                    "traffic": Decimal(100),
                    "planned_units": 1000,
                },
                variants=(
                    services.VariantDraft("Popular", Decimal(50), True, {"strategy": "trending"}),
                    services.VariantDraft("Personal", Decimal(50), False, {"strategy": "personal"}),
                ),
                primary=metrics["click-through"],
                secondary=tuple(
                    metrics[key] for key in ("conversion", "revenue-per-shopper", "average-order-value")
                ),
            ),
            actor="system",
        )
