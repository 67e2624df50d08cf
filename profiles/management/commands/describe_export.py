"""manage.py describe_export"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from profiles.destinations.words import described


class Command(BaseCommand):
    help = (
        "Print the tables that destinations can be given, with a sentence for every column (docs/tables.md)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(described(), ending="")
