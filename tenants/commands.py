"""What the tenants' management commands share: `--tenant NAME`, and progress that a person can read."""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from .db import tenant_connection
from .models import Tenant


class TenantCommand(BaseCommand):
    """A command for one tenant; `run` is called inside the tenant's schema."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="NAME", help="the tenant's short name")

    def handle(self, *args: Any, tenant: str, **options: Any) -> None:
        found = Tenant.objects.filter(slug=tenant).select_related("plan").first()
        if found is None:
            known = (
                ", ".join(Tenant.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
            )
            raise CommandError(f"There is no tenant “{tenant}”. There are: {known}.")
        with tenant_connection(found.schema_name):
            self.run(found, **options)

    def run(self, tenant: Tenant, **options: Any) -> None:
        raise NotImplementedError


class ProgressLine:
    """`progress(step, done, total)` as one line per step: rewritten on a terminal, printed once elsewhere."""

    def __init__(self, out: TextIO | Any = None) -> None:
        self.out = out or sys.stdout
        self.step = ""
        self.began = time.monotonic()
        self.drawn = 0.0
        self.live = bool(getattr(self.out, "isatty", lambda: False)())

    def __call__(self, step: str, done: int, total: int) -> None:
        if step != self.step:
            self.finish()
            self.step, self.began = step, time.monotonic()
        now = time.monotonic()
        if self.live and now - self.drawn > 0.1:
            self.drawn = now
            share = f"{done:,} of {total:,}" if total else f"{done:,}"
            self.out.write(f"\r\x1b[2K    {step} … {share}")
            self.out.flush()

    def finish(self) -> None:
        if self.step:
            start = "\r\x1b[2K" if self.live else ""
            self.out.write(f"{start}    {self.step} ({time.monotonic() - self.began:.1f} s)\n")
            self.out.flush()
            self.step = ""
