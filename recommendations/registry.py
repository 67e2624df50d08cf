"""Model versions: numbered, promoted, rolled back. One is in production; serving falls back to the one before it."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tenants import audit, epochs

from .models import ModelVersion


class NothingToRollBackTo(Exception):
    """No version was in production before this one."""


def next_version() -> str:
    """The following semantic version: the minor number counts trainings."""
    numbers = [
        tuple(int(part) for part in v.split("."))
        for v in ModelVersion.objects.values_list("version", flat=True)
    ]
    if not numbers:
        return "1.0.0"
    major, minor, _ = max(numbers)
    return f"{major}.{minor + 1}.0"


def artefact_folder(schema: str, version: str) -> Path:
    return settings.ARTEFACT_ROOT / schema / version


@transaction.atomic
def promote(schema: str, version_id: int, actor: str) -> ModelVersion:
    """Put a version into production; web processes load it in the background within a second or two."""
    version = ModelVersion.objects.select_for_update().get(pk=version_id)
    ModelVersion.objects.filter(stage=ModelVersion.Stage.PRODUCTION).exclude(pk=version.pk).update(
        stage=ModelVersion.Stage.RETIRED
    )
    version.stage = ModelVersion.Stage.PRODUCTION
    version.promoted_at = timezone.now()
    version.save(update_fields=["stage", "promoted_at"])
    audit.record("model promoted", f"model:{version.version}", actor)
    epochs.bump(schema, "model")
    return version


@transaction.atomic
def roll_back(schema: str, actor: str) -> ModelVersion:
    """Put the version that was in production before back into production."""
    before = (
        ModelVersion.objects.filter(stage=ModelVersion.Stage.RETIRED, promoted_at__isnull=False)
        .order_by("-promoted_at")
        .first()
    )
    if before is None:
        raise NothingToRollBackTo("There is no earlier version to go back to.")
    return promote(schema, before.pk, actor)
