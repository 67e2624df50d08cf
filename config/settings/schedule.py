"""What Celery beat starts, and when (UTC)."""

from __future__ import annotations

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE = {
    # What is due in any queue; the sweeps of the queues themselves are in registries.SWEEPS.
    "sweep-due": {"task": "tenants.tasks.sweep_due", "schedule": 1.0, "options": {"expires": 5}},
    "expire-exports": {"task": "compliance.tasks.expire_exports", "schedule": crontab(hour=4, minute=5)},
    "write-traces": {
        "task": "recommendations.tasks.write_traces",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "expire-imports": {
        "task": "profiles.imports.tasks.expire_imports",
        "schedule": crontab(hour=4, minute=25),
    },
    "check-data-quality": {
        "task": "profiles.quality.tasks.check_all",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 600},
    },
    "measure-features": {
        "task": "profiles.quality.tasks.measure_all",
        "schedule": crontab(hour=2, minute=40),
    },
    "make-partitions": {
        "task": "profiles.retention.tasks.keep_partitions",
        "schedule": crontab(hour=0, minute=20),
    },
    "forget-message-ids": {
        "task": "profiles.retention.tasks.forget_message_keys",
        "schedule": crontab(hour=3, minute=10),
    },
    "apply-retention": {
        "task": "profiles.retention.tasks.apply_retention",
        "schedule": crontab(hour=3, minute=40),
    },
    "seal-audit": {"task": "compliance.tasks.sweep_audit", "schedule": 60.0, "options": {"expires": 50}},
    "note-key-use": {"task": "tenants.tasks.note_key_use", "schedule": 20.0},
    "weekly-training": {
        "task": "recommendations.tasks.train_all",
        "schedule": crontab(hour=2, minute=0, day_of_week="sunday"),
    },
}
