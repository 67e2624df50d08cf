"""Metrics: what experiments count."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from tenants.console import ConsoleAdmin, tenant_site

from ..models import Metric
from ..models.metric import Measure, What


class MetricForm(forms.ModelForm):
    class Meta:
        model = Metric
        fields = "__all__"  # noqa: DJ007  # the admin names the fields

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "kind" not in self.fields:
            return data  # what it means can no longer be changed: experiments have run on it
        kind = data.get("kind", self.instance.kind)
        for what, event in (("what", "event"), ("per_what", "per_event")):
            if data.get(what) == What.EVENT and not (data.get(event) or "").strip():
                self.add_error(event, _("Say the event's name, as your shop sends it: Signed Up."))
        if kind == Metric.Kind.RATIO:
            if not data.get("per_what"):
                self.add_error("per_what", _("A ratio needs what it is divided by."))
            if not data.get("per_measure"):
                self.add_error("per_measure", _("Say what of it is summed: how often, or its worth."))
        elif kind == Metric.Kind.MEAN and data.get("measure") == Measure.HAPPENED:
            self.add_error("measure", _("A mean counts how often, how many, or its worth."))
        return data

    def save(self, commit: bool = True) -> Any:
        if self.instance.kind != Metric.Kind.RATIO:
            self.instance.per_what = self.instance.per_event = self.instance.per_measure = ""
        if self.instance.kind == Metric.Kind.PROPORTION:
            self.instance.measure = Measure.HAPPENED
        return super().save(commit)


@admin.register(Metric, site=tenant_site)
class MetricAdmin(ConsoleAdmin):
    room, plural, singular, epoch = "Experiments", "Metrics", "metric", "experiments"
    empty_title = "No metric"
    empty_hint = "A metric is a number per shopper that experiments compare, such as orders or revenue."
    form = MetricForm
    list_display = ("name", "shown_kind", "about", "window", "uses", "state")
    list_filter = (("kind", ChoicesDropdownFilter), "archived")
    search_fields = ("name", "key", "event")
    search_help_text = "Name, key or event"
    prepopulated_fields = {"key": ("name",)}
    # A field that can only be read has no name in the page's script: then all that depends on it is shown.
    conditional_fields = {
        field: f"typeof {asked} == 'undefined' || {condition}"
        for field, asked, condition in (
            ("event", "what", "what == 'event'"),
            ("measure", "kind", "kind != 'proportion'"),
            ("per_what", "kind", "kind == 'ratio'"),
            ("per_event", "kind", "(kind == 'ratio' && per_what == 'event')"),
            ("per_measure", "kind", "kind == 'ratio'"),
        )
    }
    fieldsets = (
        (None, {"fields": ("name", "key", "description")}),
        (
            "What it counts",
            {"fields": ("kind", "what", "event", "measure", "per_what", "per_event", "per_measure")},
        ),
        ("How it is read", {"fields": ("window_days", "higher_is_better", "is_money", "archived")}),
    )
    # Changing these would change the results of experiments that have run.
    MEANING = (
        "kind", "what", "event", "measure", "per_what", "per_event", "per_measure", "window_days", "higher_is_better",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("uses__experiment")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        ran = obj.uses.filter(experiment__started_at__isnull=False).exists()
        return ("key", *self.MEANING) if ran else ("key",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"key": ("name",)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # One that experiments name is archived instead.
        return super().has_delete_permission(request, obj) and (obj is None or not obj.uses.exists())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        if queryset.filter(uses__isnull=False).exists():
            raise ValidationError(_("Experiments use some of these metrics; archive them instead."))
        super().delete_queryset(request, queryset)

    @display(description="Kind", ordering="kind")
    def shown_kind(self, metric: Metric) -> str:
        return metric.get_kind_display()

    @display(description="Counts")
    def about(self, metric: Metric) -> str:
        return described(metric)

    @display(description="Window", ordering="window_days")
    def window(self, metric: Metric) -> str:
        return f"{metric.window_days} day{'' if metric.window_days == 1 else 's'}"

    @display(description="Used by")
    def uses(self, metric: Metric) -> str:
        count = len(metric.uses.all())
        return f"{count} experiment{'' if count == 1 else 's'}" if count else "–"

    @display(description="State", ordering="archived")
    def state(self, metric: Metric) -> SafeString:
        tone, text = ("", "Archived") if metric.archived else ("good", "In use")
        return format_html('<span class="pill {}">{}</span>', tone, text)


_NOUNS = {
    What.CLICK: "clicks on recommendations",
    What.VIEW: "product views",
    What.CART: "items added to carts",
    What.ORDER: "orders",
}


def described(metric: Metric) -> str:
    """ "Share of shoppers with orders", "Worth of orders per shopper", "Worth of orders ÷ orders"."""
    top = _summed(metric.what, metric.event, metric.measure)
    if metric.kind == Metric.Kind.PROPORTION:
        return f"Share of shoppers with {_noun(metric.what, metric.event)}"
    if metric.kind == Metric.Kind.MEAN:
        return f"{top} per shopper"
    return f"{top} ÷ {_summed(metric.per_what, metric.per_event, metric.per_measure).lower()}"


def _noun(what: str, event: str) -> str:
    return f"“{event}”" if what == What.EVENT else _NOUNS[What(what)]


def _summed(what: str, event: str, measure: str) -> str:
    noun = _noun(what, event)
    if measure == Measure.VALUE:
        return f"Worth of {noun}"
    if measure == Measure.QUANTITY:
        return f"Items of {noun}"
    return noun[:1].upper() + noun[1:]
