"""A destination that works, with a delivery that was given up, and its pages."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from tenants.workspace.models import Delivery, Destination, StreamProgress


def fill_destinations() -> SimpleNamespace:
    now = timezone.now()
    destination = Destination.objects.create(
        name="Lake",
        vendor="folder",
        config={"folder": "lake"},
        streams=["events", "profiles"],
        last_sent_at=now,
    )
    StreamProgress.objects.create(
        destination=destination, stream="events", history="running", history_position=40, history_end=100
    )
    for state, error in (("sent", ""), ("dead", "The folder can't be written: No space left on device.")):
        Delivery.objects.create(
            destination=destination, stream="events", state=state, error=error, rows=1200, bytes=48_000, attempts=1,
            next_at=now, created_at=now - dt.timedelta(minutes=5), sent_at=now if state == "sent" else None,
        )  # fmt: skip
    return SimpleNamespace(destination=destination)


def destination_pages(filled: Any) -> dict[str, str]:
    root = "/admin/workspace/destination"
    return {
        "destinations": f"{root}/",
        "destination": f"{root}/{filled.destination.pk}/change/",
        "new destination": f"{root}/add/",
        "change destination": f"{root}/{filled.destination.pk}/edit/",
    }
