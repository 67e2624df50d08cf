from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand

from config.demo.setup import set_up
from tenants.commands import ProgressLine


class Command(BaseCommand):
    help = "Make the demo shops and the lab: data, vectors, models, evaluation. What is there already is left alone."

    def handle(self, *args: Any, **options: Any) -> None:
        # What a person watches here is the progress; what matters to a log is said by it too.
        logging.getLogger("attune").setLevel(logging.WARNING)
        progress = ProgressLine(self.stdout._out)

        def say(line: str) -> None:
            progress.finish()
            self.stdout.write(line)

        set_up(say, progress, progress.finish)
