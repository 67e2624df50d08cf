"""Layers: which experiments exclude each other."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from tenants.console import ConsoleAdmin, tenant_site

from ..models import Experiment, Layer


@admin.register(Layer, site=tenant_site)
class LayerAdmin(ConsoleAdmin):
    room, plural, singular = "Experiments", "Layers", "layer"
    empty_title = "No layer yet"
    empty_hint = (
        "Experiments in one layer never share a shopper. Make a layer when two of them would get in each "
        "other's way, and choose it in the builder."
    )
    list_display = ("name", "running", "left", "description")
    search_fields = ("name", "key")
    search_help_text = "Name or key"
    fields = ("name", "key", "description")
    prepopulated_fields = {"key": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"key": ("name",)}

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("experiments")

    @display(description="Experiments in it now")
    def running(self, layer: Layer) -> str:
        return ", ".join(one.name for one in _live(layer)) or "–"

    @display(description="Left for others")
    def left(self, layer: Layer) -> str:
        taken = sum(end - first for one in _live(layer) for first, end in one.ranges)
        return f"{100 - taken / 100:g} %"


def _live(layer: Layer) -> list[Experiment]:
    return [one for one in layer.experiments.all() if one.is_live]
