"""Placements as something to experiment with: a variant may change the strategy, the number of items, the model."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from experiments.subjects import VariantField

from .models import ModelVersion, Placement

MOST_ITEMS = 50


class PlacementSubject:
    """See experiments.subjects.Subject; a target is the key of a placement."""

    def targets(self) -> list[tuple[str, str]]:
        return list(Placement.objects.filter(enabled=True).order_by("name").values_list("key", "name"))

    def fields(self) -> list[VariantField]:
        models = ModelVersion.objects.filter(promoted_at__isnull=False)
        candidates = ModelVersion.objects.filter(stage=ModelVersion.Stage.CANDIDATE)
        versions = (models | candidates).order_by("-trained_at").values_list("version", flat=True)[:12]
        return [
            VariantField(
                "strategy",
                _("Strategy"),
                "select",
                "",
                tuple((str(value), str(label)) for value, label in Placement.Strategy.choices),
            ),
            VariantField("size", _("Number of items"), "number", least=1, most=MOST_ITEMS),
            VariantField(
                "model",
                _("Model"),
                "select",
                "",
                tuple((version, version) for version in versions),
            ),
        ]

    def problems(self, target: str, payload: dict[str, Any]) -> list[str]:
        unknown = sorted(payload.keys() - {"strategy", "size", "model"})
        return [_("A placement has no setting “%s”.") % name for name in unknown]

    def describe(self, target: str, payload: dict[str, Any]) -> str:
        placement = Placement.objects.filter(key=target).first()
        strategy = payload.get("strategy") or (placement.strategy if placement else "")
        size = payload.get("size") or (placement.size if placement else 0)
        parts = [str(dict(Placement.Strategy.choices).get(strategy, strategy)), _("%s items") % size]
        production = ModelVersion.objects.filter(stage=ModelVersion.Stage.PRODUCTION).first()
        model = payload.get("model")
        if model and (production is None or model != production.version):
            parts.append(_("model %s") % model)
        return ", ".join(parts)

    def reach(self, target: str, days: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT count(DISTINCT profile_id) FROM recommendations_decision
                   WHERE placement = %s AND at > now() - make_interval(days => %s) AND profile_id IS NOT NULL""",
                [target, days],
            )
            return int(cursor.fetchone()[0])
