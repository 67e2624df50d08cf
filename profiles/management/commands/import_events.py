"""manage.py import_events --tenant SLUG FILE"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.imports import services
from profiles.imports.models import Import
from profiles.imports.readers import BadFile
from profiles.imports.receive import receive, same_before
from profiles.imports.run import run_turn
from tenants import keyring
from tenants.db import tenant_connection
from tenants.models import Tenant
from tenants.scope import Scope


class Command(BaseCommand):
    help = "Import a file of events, orders or profiles (CSV, NDJSON or Parquet) through the door, and wait until it is in."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, NDJSON or Parquet, also with gzip")
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--kind", choices=Import.Kind.values, default=Import.Kind.EVENTS)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="what a column means; again for each",
        )
        parser.add_argument("--event", help="the name of events whose line names none")
        parser.add_argument("--time-zone", help="of times that name none; the tenant's otherwise")
        parser.add_argument("--date-order", choices=["ymd", "dmy", "mdy"])
        parser.add_argument("--decimal", choices=[".", ","])
        parser.add_argument("--as-of", help="when profiles without a time were so: 2025-06-30")
        parser.add_argument("--check", action="store_true", help="only say what would be taken")
        parser.add_argument("--again", action="store_true", help="also when this file was imported before")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.select_related("plan").filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        scope = keyring.scope_of_tenant(tenant)
        with tenant_connection(scope.schema):
            try:
                self._import(scope, options)
            except (BadFile, services.Refused) as error:
                raise CommandError(str(error)) from error

    def _import(self, scope: Scope, options: dict[str, Any]) -> None:
        with options["file"].open("rb") as file:
            found = receive(scope, file, name=options["file"].name, kind=options["kind"], actor="system")
        try:
            found = services.change_layout(found, _fields(found, options), actor="system")
            before = same_before(found)
            if before is not None and not options["again"] and not options["check"]:
                raise services.Refused(
                    f"This file was imported on {before.created_at:%Y-%m-%d}. Add --again to import it once more."
                )
            begin = services.check if options["check"] else services.start
            begin(scope, found, actor="system")
        except services.Refused:
            services.cancel(scope, found, actor="system")
            raise
        self._wait(scope, found)
        if options["check"]:
            self._say(found.check_report)
            services.cancel(scope, found, actor="system")
        else:
            self._say(
                {n: getattr(found, n) for n in ("lines", "taken", "duplicates", "suppressed", "rejected")}
            )
            if found.error:
                raise services.Refused(found.error)

    def _wait(self, scope: Scope, found: Import) -> None:
        """Work on it here, beside whatever workers there are."""
        while True:
            left = run_turn(scope, 2.0)
            found.refresh_from_db()
            if found.status not in (Import.Status.RUNNING, Import.Status.CHECKING):
                return
            done = found.share if found.status == Import.Status.RUNNING else None
            self.stderr.write(f"{done:.0%}" if done is not None else "checking")
            if left != "more":
                time.sleep(1)

    def _say(self, counts: dict[str, Any]) -> None:
        for name in ("lines", "taken", "duplicates", "suppressed", "rejected"):
            if counts.get(name):
                self.stdout.write(f"{name}: {counts[name]:,}")
        for reason, count in counts.get("reasons", {}).items():
            self.stdout.write(f"  {count:,} × {reason}")


def _fields(found: Import, options: dict[str, Any]) -> dict[str, Any]:
    names = ("event", "time_zone", "date_order", "decimal", "as_of")
    fields: dict[str, Any] = {name: options[name] for name in names if options[name]}
    pairs = dict(pair.partition("=")[::2] for pair in options["map"])
    return {**fields, "mapping": pairs} if pairs else fields
