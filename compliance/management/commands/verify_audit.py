"""Check an audit trail against its seals: of a tenant, of the operators, or in an exported file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.audit.checking import Check
from compliance.audit.export import NotATrail, check_lines
from compliance.audit.trail import check
from compliance.audit.whose import Whose, whose

SHOWN = 50


class Command(BaseCommand):
    help = "Verify that no audit record was changed, removed or inserted. Exit code 1 when one was."

    def add_arguments(self, parser: CommandParser) -> None:
        of = parser.add_mutually_exclusive_group(required=True)
        of.add_argument("--tenant", metavar="NAME", help="the tenant's short name")
        of.add_argument("--operator", action="store_true", help="the operators' own trail")
        of.add_argument("--file", type=Path, metavar="FILE", help="an export; needs no database")
        parser.add_argument("--key", metavar="HEX", help="with --file: the public key as you know it")
        parser.add_argument(
            "--head", metavar="N:DIGEST", help="a seal that was noted before; finds a trail that was cut off"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        head = _head(options["head"])
        if options["file"]:
            found = self._of_file(options["file"], options["key"], head)
        else:
            trail: Whose = whose(None if options["operator"] else options["tenant"])
            found = check(trail.schema, trail.tenant_id, head=head)
        self._say(found)

    def _of_file(self, path: Path, key: str | None, head: tuple[int, str] | None) -> Check:
        try:
            public = bytes.fromhex(key) if key else None
        except ValueError as error:
            raise CommandError("--key must be 64 hexadecimal digits.") from error
        try:
            with path.open("rb") as file:
                return check_lines(file, key=public, head=head)
        except (OSError, NotATrail) as error:
            raise CommandError(f"{path}: {error}") from error

    def _say(self, found: Check) -> None:
        for problem in found.problems[:SHOWN]:
            self.stderr.write(f"{problem.kind}: {problem.text}")
        if len(found.problems) > SHOWN:
            self.stderr.write(f"… and {len(found.problems) - SHOWN} more.")
        number, digest = found.head
        counts = f"{_counted(found.records, 'record')} in {_counted(found.seals, 'seal')}, {found.waiting} not sealed yet"
        if found.problems:
            raise CommandError(
                f"The trail is not intact: {_counted(len(found.problems), 'problem')}. {counts}."
            )
        self.stdout.write(f"The trail is intact: {counts}.")
        if number:
            self.stdout.write(f"Head: {number}:{digest.hex()}")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _head(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+):([0-9a-fA-F]{64})", text)
    if match is None:
        raise CommandError(
            "--head must be as this command prints it: a number, a colon, 64 hexadecimal digits."
        )
    return int(match[1]), match[2]
