"""Model versions: how good they are, how they were made, which one serves."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from tenants import audit
from tenants.console import ReadOnlyAdmin, tenant_site
from tenants.db import connection

from .. import registry
from ..models import ModelVersion
from .metrics import boards, leaderboard, table

PROMOTE = "recommendations.change_modelversion"


@admin.register(ModelVersion, site=tenant_site)
class ModelVersionAdmin(ReadOnlyAdmin):
    room, plural, singular = "Recommendations", "Models", "model"
    empty_title = "No model has been trained"
    empty_hint = "Run manage.py train --tenant NAME. Until then shoppers get what is popular."
    list_display = ("version", "shown_stage", "quality", "trained", "promoted")
    list_filter = (("stage", ChoicesDropdownFilter),)
    search_fields = ("version",)
    search_help_text = "Version"
    change_form_template = "console/model.html"
    fields = ()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.promote))
        return [path("<int:pk>/promote/", view, name="model_promote"), *super().get_urls()]

    def promote(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put this version into production: a promotion of a newer one, a roll-back to an older one."""
        if not request.user.has_perm(PROMOTE):  # type: ignore[union-attr]  # staff
            raise PermissionDenied
        try:
            version = registry.promote(connection.schema_name, pk, audit.staff(request.user))
        except ModelVersion.DoesNotExist as error:
            raise Http404 from error
        messages.success(
            request, f"Model {version.version} serves from now on; answers follow within two seconds."
        )
        return redirect(reverse("admin:recommendations_modelversion_change", args=[pk]))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        model = self.get_object(request, object_id) if object_id else None
        if model is not None:
            serving = ModelVersion.objects.filter(stage=ModelVersion.Stage.PRODUCTION).first()
            extra_context = {
                "model": model,
                "serving": serving,
                "older": serving is not None and model.trained_at < serving.trained_at,
                "may_promote": request.user.has_perm(PROMOTE),  # type: ignore[union-attr]  # staff
                "boards": boards(model.metrics),
                "protocol": model.metrics.get("protocol", ""),
                "table": table(model.metrics),
                "importance": _importance(model.manifest.get("importance") or {}),
                **(extra_context or {}),
            }
        return super().changeform_view(request, object_id, form_url, extra_context)

    @display(description="Stage", ordering="stage")
    def shown_stage(self, model: ModelVersion) -> SafeString:
        tone = {"production": "good", "candidate": "accent"}.get(model.stage, "")
        return format_html('<span class="pill {}">{}</span>', tone, model.get_stage_display())

    @display(description="Quality")
    def quality(self, model: ModelVersion) -> str:
        board = leaderboard(model.metrics)
        ours = next((line for line in board.lines if line.strong), None) if board else None
        if board is None or ours is None:
            return "not evaluated"
        return f"NDCG@10 {ours.value:.3f}" + (f" · {board.verdict}" if board.verdict else "")

    @display(description="Trained", ordering="trained_at")
    def trained(self, model: ModelVersion) -> SafeString:
        return format_html('<time datetime="{}">{}</time>', model.trained_at.isoformat(), model.trained_at)

    @display(description="Promoted", ordering="promoted_at")
    def promoted(self, model: ModelVersion) -> SafeString | str:
        if model.promoted_at is None:
            return "–"
        return format_html('<time datetime="{}">{}</time>', model.promoted_at.isoformat(), model.promoted_at)


def _importance(importance: dict[str, float]) -> list[dict[str, Any]]:
    """The ten features that the ranker leaned on most, as shares of the largest."""
    best = sorted(importance.items(), key=lambda pair: -pair[1])[:10]
    top = best[0][1] if best else 0
    return [
        {
            "name": name.replace("_", " "),
            "share": 100 * value / top,
            "value": 100 * value / sum(importance.values()),
        }
        for name, value in best
        if top > 0
    ]
