"""manage.py drain_spool [--set-aside]"""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.spool import aside
from profiles.spool.drain import drain_patiently, retry_set_aside
from profiles.spool.local import local_spool
from profiles.spool.locks import Busy
from tenants.db import is_away


class Command(BaseCommand):
    help = "Bring the events that wait on this host's disk into the database, as the web processes do by themselves."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--set-aside", action="store_true", help="also try again what was set aside")
        parser.add_argument("--patience", type=float, default=30.0, help="seconds to wait for the database")

    def handle(self, *args: Any, **options: Any) -> None:
        spool = local_spool()
        try:
            spool.recover()
            count = drain_patiently(spool, options["patience"])
            tried = retry_set_aside(spool) if options["set_aside"] else 0
        except Busy as error:
            raise CommandError("A web process drains this spool already.") from error
        except Exception as error:
            if not is_away(error):
                raise
            raise CommandError(
                "The database does not answer. Nothing is lost: run this again later."
            ) from error
        left = sum(1 for _ in aside.records(spool.folder))
        self.stdout.write(f"{count + tried:,} events drained; records set aside: {left:,}.")
