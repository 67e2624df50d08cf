"""By what dead letters are found."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from ..models import DeadLetter
from . import letter_words

_PERIODS = {"1": "Last hour", "24": "Last 24 hours", "168": "Last 7 days", "720": "Last 30 days"}
MOST_VALUES = 100
Rows = QuerySet[DeadLetter]


class StatusFilter(DropdownFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*DeadLetter.Status.choices, ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() in DeadLetter.Status.values:
            return queryset.filter(status=self.value())
        return queryset if self.value() == "all" else queryset.filter(status=DeadLetter.Status.OPEN)


class _Values(DropdownFilter):
    """One of the values that a field has."""

    field = ""

    def said(self, value: str) -> str:
        return value or "none"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        values = DeadLetter.objects.order_by(self.field).values_list(self.field, flat=True).distinct()
        return [(value or "-", self.said(value)) for value in values[:MOST_VALUES]]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        value = self.value()
        return queryset.filter(**{self.field: "" if value == "-" else value}) if value else queryset


class ReasonFilter(_Values):
    title, parameter_name, field = "reason", "reason", "reason"

    def said(self, value: str) -> str:
        return letter_words.reason(value)


class EventFilter(_Values):
    title, parameter_name, field = "event", "event", "event"


class PathFilter(_Values):
    title, parameter_name, field = "field", "path", "path"


class SourceFilter(_Values):
    title, parameter_name, field = "source", "source", "source"

    def said(self, value: str) -> str:
        return letter_words.source(value)


class ReceivedFilter(DropdownFilter):
    title = "received"
    parameter_name = "hours"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(_PERIODS.items())

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() not in _PERIODS:
            return queryset
        since = timezone.now() - dt.timedelta(hours=int(self.value() or 0))
        return queryset.filter(received_at__gte=since)
