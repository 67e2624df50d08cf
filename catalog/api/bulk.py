"""Many items in one request."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiRequest, extend_schema
from rest_framework.response import Response

from tenants.api import scope_of
from tenants.problems import Problem

from ..ndjson import Readable
from ..services import import_ndjson
from .documents import ImportDocument

CONTENT_TYPES = (
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "text/plain",
)

describe_bulk = extend_schema(
    operation_id="catalog_items_bulk",
    summary="Create and change items in bulk",
    description=(
        "The body is NDJSON: one item per line, read as a stream of any length, gzip allowed "
        "(`Content-Encoding: gzip`). A line changes only the fields that it names; a new item needs a title. "
        "A line with a title puts a disabled item on offer again. Good lines go in, bad ones are reported by "
        "number. Sending the same again changes nothing. Lines are committed in batches of 1,000, so a broken "
        "connection leaves whole batches: send it again."
    ),
    request={
        "application/x-ndjson": OpenApiRequest(
            OpenApiTypes.STR,
            examples=[
                OpenApiExample(
                    "Two items",
                    value='{"item_id": "A1", "title": "Linen dress", "category": "Women > Dresses", "price": 79}\n'
                    '{"item_id": "A2", "available": false}\n',
                )
            ],
        )
    },
    responses={200: ImportDocument},
)


def import_body(request: HttpRequest) -> Response:
    """Read the request's body as it arrives and answer with the report."""
    kind = (request.META.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    if kind not in CONTENT_TYPES:
        raise Problem(
            415,
            "unsupported_media_type",
            "Send items as NDJSON, one JSON object per line, with Content-Type: application/x-ndjson.",
        )
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise Problem(
            415, "unsupported_encoding", f"Content-Encoding “{encoding[:40]}” is not understood; use gzip."
        )
    scope = scope_of(request)
    run, report, broken = import_ndjson(
        scope.schema,
        _body(request),
        gzipped=encoding.endswith("gzip"),
        currency=scope.currency,
        actor=scope.actor,
    )
    answer: dict[str, Any] = {"import_id": run.pk, **report.counts(), "errors": report.error_list()}
    if broken is not None:
        status = 413 if broken.code == "body_too_large" else 400
        raise Problem(status, broken.code, f"{broken} What came before it was taken.", report=answer)
    if report.lines == 0:
        raise Problem(400, "empty_body", "The body has no lines.")
    return Response(answer)


def _body(request: HttpRequest) -> Readable:
    # Django takes a body without a length for empty; the server ends a chunked one by itself.
    if request.META.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked" and not request.META.get(
        "CONTENT_LENGTH"
    ):
        return request.META["wsgi.input"]
    return request
