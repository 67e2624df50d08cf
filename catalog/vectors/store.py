"""Which embedder a tenant uses: fitted models live in ARTEFACT_ROOT/<schema>/embedder/<version>/."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import structlog
from django.conf import settings

from .tfidf import TfidfSvd

log = structlog.get_logger("attune.catalog")
KEPT_VERSIONS = 2


def folder_of(schema: str) -> Path:
    return Path(settings.ARTEFACT_ROOT) / schema / "embedder"


def versions(schema: str) -> list[int]:
    """Ascending."""
    folder = folder_of(schema)
    if not folder.is_dir():
        return []
    return sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdigit())


def newest(schema: str) -> TfidfSvd | None:
    """The newest readable embedder; None when there is none and one must be fitted."""
    for version in reversed(versions(schema)):
        try:
            return TfidfSvd.load(folder_of(schema) / str(version))
        except (OSError, ValueError, KeyError) as error:
            log.error("embedder unusable", tenant=schema, version=version, error=str(error))
    return None


def new_version() -> str:
    """Never used before, not even by an artefact folder that was lost: equal names mean comparable vectors."""
    return str(time.time_ns() // 1_000_000)


def keep(schema: str, embedder: TfidfSvd) -> None:
    embedder.save(folder_of(schema) / embedder.version)
    for version in versions(schema)[:-KEPT_VERSIONS]:
        shutil.rmtree(folder_of(schema) / str(version), ignore_errors=True)
