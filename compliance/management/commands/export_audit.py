"""Write an audit trail with its seals as lines of JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.audit.export import lines
from compliance.audit.whose import whose


class Command(BaseCommand):
    help = "Export an audit trail; “verify_audit --file” checks it, on this or another machine."

    def add_arguments(self, parser: CommandParser) -> None:
        of = parser.add_mutually_exclusive_group(required=True)
        of.add_argument("--tenant", metavar="NAME", help="the tenant's short name")
        of.add_argument("--operator", action="store_true", help="the operators' own trail")
        parser.add_argument("--to", type=Path, metavar="FILE", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        trail = whose(None if options["operator"] else options["tenant"])
        count = 0
        try:
            with options["to"].open("wb") as file:
                for line in lines(trail.schema, trail.tenant_id, trail.name):
                    file.write(line)
                    count += 1
        except OSError as error:
            raise CommandError(f"{options['to']}: {error}") from error
        self.stdout.write(f"{count:,} lines written to {options['to']}.")
