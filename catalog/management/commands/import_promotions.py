"""manage.py import_promotions FILE --tenant NAME: the promotion calendar from a Parquet or CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.core.management.base import CommandError, CommandParser

from catalog.promotions import Calendar, replace_promotions
from tenants.commands import TenantCommand
from tenants.models import Tenant

COLUMNS = ("item_id", "first_day", "last_day", "mailer", "display")


class Command(TenantCommand):
    help = f"Replace the promotion calendar from the file's first day on. Columns: {', '.join(COLUMNS)}."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help=".parquet or .csv")

    def run(self, tenant: Tenant, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            calendar = calendar_of(_frame(path))
            loaded = replace_promotions(tenant.schema_name, calendar)
        except ValueError as error:
            raise CommandError(f"{path.name}: {error}") from error
        unknown = f"; {loaded.unknown:,} of items that the catalogue does not have" if loaded.unknown else ""
        self.stdout.write(f"{loaded.written:,} promotions{unknown}. The next training reads them.")


def _frame(path: Path) -> pd.DataFrame:
    if path.suffix.lower() == ".parquet":
        return pd.read_parquet(path)
    if path.suffix.lower() == ".csv":
        return pd.read_csv(path, dtype={"item_id": str})
    raise CommandError(f"{path.name}: only .parquet and .csv files can be imported.")


def calendar_of(frame: pd.DataFrame) -> Calendar:
    """Raises ValueError with a sentence when a column is missing or holds something else."""
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise ValueError(f"the column {missing[0]} is missing")
    first, last = (
        pd.to_datetime(frame[name]).to_numpy().astype("datetime64[D]") for name in ("first_day", "last_day")
    )
    if np.isnat(first).any() or np.isnat(last).any():
        raise ValueError("a day is missing")
    mailer, display = (frame[name].fillna(0).to_numpy(np.float64) for name in ("mailer", "display"))
    return Calendar(frame["item_id"].astype(str).to_numpy(), first, last, mailer, display)
