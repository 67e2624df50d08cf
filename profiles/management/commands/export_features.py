"""manage.py export_features --tenant SLUG FOLDER"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from profiles.features.feast import export
from tenants import audit, keyring
from tenants.db import tenant_connection
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Write a tenant's features as a Feast feature repository. Shoppers are named by number; what is exported"
        " is out of reach of later erasures: delete the folder when it has been used."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument(
            "--past-days", type=int, default=0, help="also as they were known at the ends of so many days"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.select_related("plan").filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        if not 0 <= options["past_days"] <= 400:
            raise CommandError("--past-days is between 0 and 400.")
        with tenant_connection(tenant.schema_name):
            try:
                rows = export(
                    keyring.scope_of_tenant(tenant), options["folder"], timezone.now(), options["past_days"]
                )
            except OSError as error:
                raise CommandError(f"The folder can't be written: {error.strerror}.") from error
            audit.record("features exported", "features:all", "system", rows=rows)
        self.stdout.write(f"{rows:,} rows a view in {options['folder']}; run `feast apply` there.")
