"""Offline evaluation of a tenant: the leaderboard, what of it is kept with the model, and lists for other tools."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection

from profiles.models import HistoryImport
from tenants import vault
from tenants.crypto import unseal
from tenants.models import Tenant

from .dataset import Dataset, load_dataset
from .learning.artefact import load
from .learning.data import DAY
from .learning.evaluation.leaderboard import Report, evaluate
from .learning.evaluation.lists import answer, export_lists
from .learning.evaluation.window import SCOPES, Window
from .learning.training import Progress
from .models import ModelVersion

DAYS = 31


class NothingToJudge(Exception):
    """There are no purchases in the window, or none before it."""


def judge(
    tenant: Tenant,
    *,
    before: dt.date | None = None,
    days: int = DAYS,
    seed: int = 1,
    export: Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Train on what came before `before` (in the data's own dates) and judge on the `days` after it.

    Without a date the window is the data's last `days` days. `export`: every shopper's first 20 as Parquet.
    """
    data = load_dataset(tenant.schema_name)
    if not data.last_at:
        raise NothingToJudge("There is no history to judge by.")
    start = start_of(data, before, days)
    with tempfile.TemporaryDirectory(prefix="attune-judging-") as folder:
        try:
            report = evaluate(
                data.interactions,
                data.catalogue,
                start,
                days,
                folder,
                seed=seed,
                progress=progress,
                promotions=data.promotions,
            )
        except ValueError as error:
            raise NothingToJudge(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
        if export is not None:
            _export(export, tenant, data, start, days, Path(folder), progress)
    return report


def start_of(data: Dataset, before: dt.date | None, days: int) -> int:
    """The window's first moment, unix seconds. Imported history was moved by whole weeks: so is the date."""
    if before is None:
        return (data.last_at // DAY + 1 - days) * DAY
    shift = (
        HistoryImport.objects.filter(done=True).order_by("id").values_list("shift_days", flat=True).first()
        or 0
    )
    moved = dt.datetime.combine(before, dt.time(), dt.UTC) + dt.timedelta(days=shift)
    return int(moved.timestamp())


def keep(report: Report) -> ModelVersion | None:
    """Write the figures beside the version in production, where the console shows them."""
    model = ModelVersion.objects.filter(stage=ModelVersion.Stage.PRODUCTION).first()
    if model is not None:
        model.metrics = document(report)
        model.save(update_fields=["metrics"])
    return model


def document(report: Report) -> dict[str, Any]:
    """The leaderboard as JSON."""
    return {
        "protocol": report.protocol,
        "scopes": {
            scope: {
                "shoppers": report.shoppers[scope],
                "ceiling": report.ceiling[scope],
                "best_baseline": report.best[scope],
                "best_baseline_ndcg": _ndcg(report, report.best[scope], scope),
                "ndcg": _ndcg(report, "Attune", scope),
                "ratio": report.ratios[scope].value,
                "ratio_low": report.ratios[scope].low,
                "ratio_high": report.ratios[scope].high,
                "lines": [dataclasses.asdict(line) for line in report.lines if line.scope == scope],
            }
            for scope in SCOPES
        },
        "seconds": report.seconds,
    }


def _ndcg(report: Report, method: str, scope: str) -> float:
    return next(line.ndcg for line in report.lines if line.method == method and line.scope == scope)


def _export(
    path: Path, tenant: Tenant, data: Dataset, start: int, days: int, folder: Path, progress: Progress | None
) -> None:
    """Lists for everybody who was known before the window, whether or not they came back in it."""
    window = Window.of(data.interactions, data.catalogue, start, days)
    everybody = np.unique(window.known().shopper).astype(np.int32)
    window = dataclasses.replace(window, shoppers=dict.fromkeys(SCOPES, everybody))
    artefact = load(folder)
    lists = {scope: answer(artefact, window, scope, progress) for scope in SCOPES}
    export_lists(path, window, lists, user_ids(tenant, data.profile_id))


def user_ids(tenant: Tenant, profile_ids: np.ndarray) -> list[str]:
    """The merchant's id of each profile, the profile's number where it has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT DISTINCT ON (profile_id) profile_id, blind, value_sealed
                FROM "{tenant.schema_name}".profiles_identifier
                WHERE kind = 'user_id' AND profile_id = ANY(%s) ORDER BY profile_id, id""",
            [profile_ids.tolist()],
        )
        rows = [(profile, bytes(blind), bytes(sealed)) for profile, blind, sealed in cursor.fetchall()]
    keys = vault.existing_person_keys(tenant.pk, [blind for _, blind, _ in rows])
    names = {
        profile: unseal(keys[blind], sealed).decode() for profile, blind, sealed in rows if blind in keys
    }
    return [names.get(int(profile), f"profile {profile}") for profile in profile_ids]
