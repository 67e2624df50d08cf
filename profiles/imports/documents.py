"""Imports as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from . import progress, services
from .models import Import


class ImportDocument(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Import.Kind.choices)
    status = serializers.ChoiceField(choices=Import.Status.choices)
    fetched_from = serializers.ChoiceField(choices=["", "web", "bucket"], help_text="empty: uploaded")
    layout = serializers.DictField(help_text="form, columns, mapping, time_zone, decimal, date_order, …")
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="what has to be said before it starts"
    )
    bytes = serializers.IntegerField()
    progress = serializers.FloatField(help_text="0 to 1")
    seconds_left = serializers.IntegerField(allow_null=True, help_text="at the pace so far; while it runs")
    lines = serializers.IntegerField(help_text="read so far, of CSV with its head")
    taken = serializers.IntegerField(help_text="new events")
    duplicates = serializers.IntegerField(help_text="events that were there already")
    suppressed = serializers.IntegerField(help_text="events of erased people, which are not kept")
    rejected = serializers.IntegerField(help_text="lines that could not be taken")
    check = serializers.DictField(help_text="what the last check found")
    error = serializers.CharField(help_text="why it paused or stopped")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportList(serializers.Serializer[Any]):
    imports = ImportDocument(many=True)


class FetchRequest(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Import.Kind.choices, required=False)
    name = serializers.CharField(required=False, help_text="of the file, shown to people")
    url = serializers.CharField(required=False, help_text="https address of the file; may be a signed link")
    authorization = serializers.CharField(required=False, help_text="header for that address: Bearer …")
    bucket = serializers.CharField(required=False)
    path = serializers.CharField(required=False, help_text="of the file in the bucket")
    region = serializers.CharField(required=False, default="eu-central-1")
    endpoint = serializers.CharField(required=False, help_text="of storage that is not AWS")
    addressing = serializers.ChoiceField(
        choices=["path", "host"], required=False, help_text="where the bucket's name stands"
    )
    access_key = serializers.CharField(required=False)
    secret_key = serializers.CharField(required=False)


class ImportChange(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Import.Kind.choices, required=False)
    mapping = serializers.DictField(
        required=False,
        help_text="column → field; properties.x and traits.x are free; empty leaves a column out",
    )
    time_zone = serializers.CharField(required=False, help_text="of times that name none: Europe/Berlin")
    decimal = serializers.ChoiceField(choices=[".", ","], required=False)
    date_order = serializers.ChoiceField(choices=["ymd", "dmy", "mdy"], required=False)
    event = serializers.CharField(required=False, help_text="name of events whose line names none")
    as_of = serializers.CharField(required=False, help_text="when profiles without a time were so")


class ImportStep(serializers.Serializer[Any]):
    do = serializers.ChoiceField(choices=["check", "start", "pause", "resume", "cancel"])


class ProblemDocument(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    reason = serializers.CharField()
    detail = serializers.CharField()


class ProblemList(serializers.Serializer[Any]):
    problems = ProblemDocument(many=True)


def document(row: Import) -> dict[str, Any]:
    pace = progress.pace(row)
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "status": row.status,
        "fetched_from": row.source,
        "layout": row.layout,
        "missing": services.unready(row) if row.status == Import.Status.DRAFT else [],
        "bytes": row.size,
        "progress": round(row.share, 4),
        "seconds_left": pace.seconds_left if pace else None,
        "lines": row.lines,
        "taken": row.taken,
        "duplicates": row.duplicates,
        "suppressed": row.suppressed,
        "rejected": row.rejected,
        "check": row.check_report,
        "error": row.error,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
    }
