"""manage.py export_training_set --tenant SLUG MOMENTS.(csv|parquet) OUT.parquet"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from django.core.management.base import BaseCommand, CommandError

from profiles.features.offline import write_parquet
from tenants import audit, keyring
from tenants.db import tenant_connection
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Join shoppers' features, as they were known at given moments, to a table of moments (user_id or profile_id, at,"
        " and labels of your own). What is exported is out of reach of later erasures: delete the file when it has been used."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("moments", type=Path, help="CSV or Parquet; a moment without a zone is UTC")
        parser.add_argument(
            "out",
            type=Path,
            help="NAME.parquet; its column row says which line of MOMENTS, from 0, a row answers",
        )
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--features", nargs="*", help="only these")
        parser.add_argument(
            "--without-events",
            action="store_true",
            help="from interactions alone: faster, blind to pages and e-mails",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.select_related("plan").filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        if options["out"].suffix.lower() not in (".parquet", ".pq"):
            raise CommandError(
                f"The set is written as Parquet: call it {options['out'].with_suffix('.parquet')}."
            )
        with tenant_connection(tenant.schema_name):
            try:
                rows = write_parquet(
                    keyring.scope_of_tenant(tenant),
                    _read(options["moments"]),
                    options["out"],
                    options["features"],
                    events=not options["without_events"],
                )
            except OSError as error:
                raise CommandError(f"{error.filename or 'A file'}: {error.strerror or error}.") from error
            except ValueError as error:
                raise CommandError(str(error)) from error
            audit.record("training set exported", "features:all", "system", rows=rows)
        self.stdout.write(f"{rows:,} rows in {options['out']}.")


def _read(path: Path) -> pd.DataFrame:
    try:
        frame = (
            pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={"user_id": str})
        )
    except (pa.ArrowInvalid, pd.errors.ParserError, UnicodeDecodeError, pd.errors.EmptyDataError) as error:
        raise CommandError(f"{path} is neither CSV nor Parquet.") from error
    if "at" in frame and not isinstance(frame["at"].dtype, pd.DatetimeTZDtype):
        try:
            frame["at"] = pd.to_datetime(frame["at"], utc=True, format="ISO8601")
        except (ValueError, TypeError) as error:
            raise CommandError(
                "The column at holds something that is no moment, such as 2026-11-23T10:00:00Z."
            ) from error
    return frame
