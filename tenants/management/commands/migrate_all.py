from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from tenants.models import Tenant
from tenants.schema_template import migrate_schema, refresh_dump


class Command(BaseCommand):
    help = "Migrate the public schema, the template and every tenant, then renew the template's dump."

    def handle(self, *args: Any, **options: Any) -> None:
        for schema in self._schemas():
            started = time.monotonic()
            migrate_schema(schema)
            self.stdout.write(f"  migrated {schema} in {time.monotonic() - started:.1f} s")
        refresh_dump()

    def _schemas(self) -> Any:
        yield "public"
        # After public: the tenant table exists only now.
        yield settings.TEMPLATE_SCHEMA
        yield from Tenant.objects.exclude(status=Tenant.Status.OFFBOARDING).values_list(
            "schema_name", flat=True
        )
