"""manage.py import_history --tenant SLUG FILE"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from django.core.management.base import BaseCommand, CommandError

from profiles.history import import_history
from tenants import keyring
from tenants.models import Tenant

ROWS = 200_000
_TEXT = {"user_id": str, "item_id": str, "order_id": str, "channel": str, "kind": str}


class Command(BaseCommand):
    help = "Import interactions (user_id, item_id, at, kind, quantity, value, order_id, place, channel) once per file."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=".parquet, .csv or .ndjson")
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--shift-days", type=int, default=0, help="move all dates by this many days")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        tenant = Tenant.objects.select_related("plan").filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        digest = sha256(f"{file_digest(path)}:{options['shift_days']}".encode()).hexdigest()
        try:
            result = import_history(
                keyring.scope_of_tenant(tenant),
                chunks(path),
                path.name,
                digest,
                options["shift_days"],
                self.report,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        if result.repeated:
            self.stdout.write(f"{path.name} had been imported before; nothing was done.")
            return
        self.stdout.write(
            f"{result.rows:,} interactions of {result.shoppers:,} shoppers with {result.items:,} items;"
            f" {result.skipped:,} rows skipped, {result.refused:,} left out because the shopper refuses analytics."
        )

    def report(self, what: str, done: int, of: int) -> None:
        self.stderr.write(f"{what}: {done:,}" + (f" of {of:,}" if of else ""))


def file_digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def chunks(path: Path) -> Iterator[Any]:
    """The file in chunks of 200,000 rows; raises CommandError for an unknown kind of file."""
    ending = path.suffix.lower()
    if ending == ".parquet":
        yield from pq.ParquetFile(path).iter_batches(batch_size=ROWS)
    elif ending == ".csv":
        yield from pd.read_csv(path, chunksize=ROWS, dtype=_TEXT)  # type: ignore[arg-type]  # str is a dtype
    elif ending in (".ndjson", ".jsonl"):
        yield from pd.read_json(path, lines=True, chunksize=ROWS, dtype=False)
    else:
        raise CommandError(f"{path.name}: only .parquet, .csv and .ndjson files can be imported.")
