from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.demo.setup import environment_lines
from config.supervisor.stack import Address


class Command(BaseCommand):
    help = "Write var/demo.env and say what to open."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.VAR_DIR / "demo.env"
        lines = environment_lines(Address.from_environment().url)
        partial = path.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write("".join(f"{line}\n" for line in lines))
        os.replace(partial, path)
        values = dict(line.split("=", 1) for line in lines)
        self.stdout.write(
            f"""
  Attune is up. Open:

    {values["GROCER_URL"]}/shop        a grocer's shop window: 2,469 households, real purchases
    {values["OUTFITTER_URL"]}/shop     a fashion shop, its catalogue and shoppers invented
    {values["GROCER_URL"]}/admin/      its console     owner / {values["GROCER_OWNER_PASSWORD"]}
    {values["OUTFITTER_URL"]}/admin/   its console     owner / {values["OUTFITTER_OWNER_PASSWORD"]}
    {values["LAB_URL"]}/admin/         experiments     analyst / {values["LAB_ANALYST_PASSWORD"]}
    {values["ATTUNE_URL"]}/admin/        the operator's  operator / {values["OPERATOR_PASSWORD"]}
    {values["ATTUNE_URL"]}/api/docs/     the API

  Each shop also has a marketer, an analyst, a developer and a compliance officer (“compliance”): their passwords
  are in {os.path.relpath(path)}.

  Or ask the API, with the keys in the same file:

    . {os.path.relpath(path)}
    curl -H "Authorization: Bearer $GROCER_SECRET_KEY" "$ATTUNE_URL/api/v1/recommendations?user_id=1228"
"""
        )
