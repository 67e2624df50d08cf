from __future__ import annotations

from typing import Any

from recommendations.state import rebuild_states
from tenants.commands import ProgressLine, TenantCommand
from tenants.models import Tenant


class Command(TenantCommand):
    help = "Make every shopper's serving state anew from the recorded interactions."

    def run(self, tenant: Tenant, **options: Any) -> None:
        progress = ProgressLine(self.stdout._out)
        count = rebuild_states(tenant.schema_name, progress)
        progress.finish()
        self.stdout.write(f"  {count:,} shoppers")
