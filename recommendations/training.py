"""Training a tenant's model: data out of the database, `learning.train`, a version in the registry."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import transaction

from tenants.locks import alone

from .dataset import load_dataset
from .learning.training import Settings, train
from .models import ModelVersion
from .registry import artefact_folder, next_version, promote

log = structlog.get_logger("attune.training")
Progress = Callable[[str, int, int], None]


class TrainingRunning(Exception):
    """Another process is training this tenant's model at this moment."""


def train_tenant(
    schema: str,
    *,
    seed: int = 1,
    actor: str = "system",
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> ModelVersion:
    """Train on all consented history, register the version and promote it.

    One training per tenant at a time (an advisory lock); raises TrainingRunning for the second.
    """
    with alone(f"{schema}:training") as mine:
        if not mine:
            raise TrainingRunning(f"A training of {schema} is running already.")
        return _train(schema, seed, actor, progress, settings)


def _train(
    schema: str, seed: int, actor: str, progress: Progress | None, settings: Settings | None
) -> ModelVersion:
    started = time.perf_counter()
    data = load_dataset(schema)
    steps: list[dict[str, Any]] = [
        {"name": "interactions read", "count": data.read},
        {"name": "people without consent, excluded", "count": data.excluded},
        {"name": "interactions kept", "count": len(data.interactions)},
        {"name": "items", "count": len(data.catalogue)},
        {"name": "promotions", "count": len(data.promotions or ())},
    ]
    version = next_version()
    folder = artefact_folder(schema, version)
    manifest = train(
        data.interactions,
        data.catalogue,
        data.last_at + 1 if data.last_at else int(time.time()),
        folder,
        version=version,
        seed=seed,
        progress=progress,
        settings=settings,
        promotions=data.promotions,
    )
    document = dataclasses.asdict(manifest)
    with transaction.atomic():
        model = ModelVersion.objects.create(
            version=version,
            path=f"{schema}/{version}",
            manifest={key: document[key] for key in document if key not in ("steps", "neutral", "features")},
            metrics=document.get("metrics") or {},
            steps=[*steps, *document["steps"]],
        )
        promote(schema, model.pk, actor)
    log.info("trained", tenant=schema, version=version, seconds=round(time.perf_counter() - started, 1))
    return ModelVersion.objects.get(pk=model.pk)
