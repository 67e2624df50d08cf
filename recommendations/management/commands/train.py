from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from recommendations.training import TrainingRunning, train_tenant
from tenants.commands import ProgressLine, TenantCommand
from tenants.models import Tenant


class Command(TenantCommand):
    help = "Train a tenant's recommendation model and put it into production."

    def run(self, tenant: Tenant, **options: Any) -> None:
        progress = ProgressLine(self.stdout._out)
        try:
            model = train_tenant(tenant.schema_name, progress=progress)
        except TrainingRunning as running:
            raise CommandError(str(running)) from running
        progress.finish()
        self.stdout.write(f"  {tenant.name}: model {model.version} is in production")
