"""The Celery application: workers process events, write traces, train; beat sends the ticks."""

from __future__ import annotations

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")

app = Celery("attune")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["tenants.connectors", "profiles.quality"])


@worker_process_init.connect
def spare_the_collector(**_: Any) -> None:
    """What was imported stays for good: the collector need not walk through it in the middle of a batch."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
