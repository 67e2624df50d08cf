"""A tenant read from the database and the artefacts: model, catalogue, placements, experiments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import structlog
from django.conf import settings

from experiments.running import Running, compile_running
from tenants.db import tenant_connection

from ..learning.artefact import Artefact, BadArtefact, load
from ..models import ModelVersion, Placement
from .catalogue_view import load_view
from .placements import PlacementConfig
from .snapshot import Snapshot
from .trending import trending_rows

log = structlog.get_logger("attune.serving")


def load_snapshot(schema: str, epoch: str) -> Snapshot:
    """Everything anew, with the models that running experiments compare with the one in production."""
    with tenant_connection(schema):
        version, artefact = _production_artefact(schema)
        here = _with(schema, epoch, version, artefact, placements())
        wanted = compile_running(schema)
        others = {}
        for name in sorted(models_of(wanted) - {version}):
            other = _artefact(schema, name)
            if other is not None:
                others[name] = _with(schema, epoch, name, other, here.placements)
    return replace(here, running=servable(wanted, {version, *others}), others=others)


def nbytes_of(snapshot: Snapshot) -> int:
    """What it takes of memory; rules, placements and the objects themselves by a lump."""
    own = snapshot.view.nbytes + (snapshot.artefact.nbytes if snapshot.artefact else 0) + 100_000
    return own + sum(nbytes_of(other) for other in snapshot.others.values())


def models_of(running: Running) -> set[str]:
    """The versions that variants of running experiments name."""
    return {
        arm.payload["model"]
        for there in running.subjects.values()
        for one in there
        for arm in one.arms
        if arm.payload.get("model")
    }


def servable(running: Running, versions: Iterable[str]) -> Running:
    """Without the experiments that name a model which is not here: to count one arm alone would mislead."""
    here = set(versions)
    subjects: Mapping[str, tuple] = {
        subject: kept
        for subject, there in running.subjects.items()
        if (
            kept := tuple(one for one in there if {a.payload.get("model") for a in one.arms} <= {None, *here})
        )
    }
    return replace(running, subjects=subjects)


def placements() -> dict[str, PlacementConfig]:
    return {
        p.key: PlacementConfig(p.key, p.strategy, p.size, p.max_per_category)
        for p in Placement.objects.filter(enabled=True)
    }


def _with(
    schema: str, epoch: str, version: str, artefact: Artefact | None, there: dict[str, PlacementConfig]
) -> Snapshot:
    view = load_view(schema, artefact.item_pk if artefact else None)
    return Snapshot(
        schema=schema,
        epoch=epoch,
        model_version=version,
        artefact=artefact,
        view=view,
        placements=there,
        compiled={},
        popular=trending_rows(schema, view),
    )


def _production_artefact(schema: str) -> tuple[str, Artefact | None]:
    """The model in production; the versions before it when its artefact is damaged; none when there is none."""
    versions = ModelVersion.objects.filter(promoted_at__isnull=False).order_by("-promoted_at")[:6]
    for version in sorted(versions, key=lambda v: v.stage != ModelVersion.Stage.PRODUCTION):
        artefact = _artefact(schema, version.version)
        if artefact is not None:
            return version.version, artefact
    return "", None


def _artefact(schema: str, version: str) -> Artefact | None:
    path = ModelVersion.objects.filter(version=version).values_list("path", flat=True).first()
    try:
        return load(settings.ARTEFACT_ROOT / path) if path else None
    except (BadArtefact, OSError):
        log.exception("model artefact unusable", tenant=schema, version=version)
        return None
