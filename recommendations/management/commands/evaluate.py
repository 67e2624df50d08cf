from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from recommendations.judging import DAYS, NothingToJudge, document, judge, keep
from tenants.commands import ProgressLine, TenantCommand
from tenants.models import Tenant


class Command(TenantCommand):
    help = "Judge the ranking against equally tuned baselines on a window that training never saw."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--before",
            type=dt.date.fromisoformat,
            metavar="DATE",
            help="train only on what came before this date, in the data's own dates (default: the last days)",
        )
        parser.add_argument("--days", type=int, default=DAYS, metavar="N", help="length of the judged window")
        parser.add_argument(
            "--export", type=Path, metavar="FILE", help="every shopper's first 20, as Parquet"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="the leaderboard as JSON")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--quiet", action="store_true", help="no leaderboard on the terminal")

    def run(self, tenant: Tenant, **options: Any) -> None:
        if options["days"] < 1:
            raise CommandError("--days must be at least 1.")
        progress = ProgressLine(self.stdout._out)
        try:
            report = judge(
                tenant,
                before=options["before"],
                days=options["days"],
                seed=options["seed"],
                export=options["export"],
                progress=progress,
            )
        except NothingToJudge as error:
            raise CommandError(str(error)) from error
        progress.finish()
        if options["before"] is None:
            keep(report)
        if options["json"]:
            options["json"].write_text(json.dumps(document(report), indent=1))
        if not options["quiet"]:
            self.stdout.write(report.text())
        if options["export"]:
            self.stdout.write(f"Lists are in {options['export']}.")
