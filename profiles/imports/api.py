"""POST /api/v1/imports: a file of history is uploaded, described, checked, started and watched."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api import require, scope_of
from tenants.problems import Problem
from tenants.scope import Scope
from tenants.views import ApiView

from . import fetch, services
from .documents import (
    FetchRequest,
    ImportChange,
    ImportDocument,
    ImportList,
    ImportStep,
    ProblemList,
    document,
)
from .models import Import
from .readers import BadFile
from .receive import Readable, TooLarge, receive
from .sources.registry import BadSource

VERBS = {
    "check": services.check,
    "start": services.start,
    "pause": services.pause,
    "resume": services.resume,
    "cancel": services.cancel,
}
LISTED = 100
_KIND = OpenApiParameter("kind", str, enum=Import.Kind.values, description="what the file holds")


class ImportsView(ApiView):
    @extend_schema(
        operation_id="imports_list",
        summary="List imports of history",
        description="The newest hundred.",
        responses={200: ImportList},
        tags=["Imports"],
    )
    def get(self, request: Request) -> Response:
        _allowed(request)
        return Response({"imports": [document(row) for row in Import.objects.all()[:LISTED]]})

    @extend_schema(
        operation_id="imports_upload",
        summary="Upload a file of history",
        description=(
            "NDJSON (events of the tracking spec, or flat objects), CSV or Parquet, gzip allowed, as the body. The answer "
            "says what the columns seem to mean; nothing is taken before the import is started."
        ),
        parameters=[_KIND, OpenApiParameter("name", str, description="of the file, shown to people")],
        request={"application/octet-stream": OpenApiRequest(OpenApiTypes.BINARY)},
        responses={201: ImportDocument},
        tags=["Imports"],
    )
    def post(self, request: Request) -> Response:
        scope = _allowed(request)
        try:
            made = receive(
                scope,
                body_of(request._request),
                name=request.query_params.get("name", "upload"),
                kind=request.query_params.get("kind", Import.Kind.EVENTS),
                actor=scope.actor,
            )
        except TooLarge as error:
            raise Problem(413, "body_too_large", str(error)) from error
        except BadFile as error:
            raise Problem(400, "invalid_file", str(error)) from error
        return Response(document(made), status=201)


class FetchedImportsView(ApiView):
    @extend_schema(
        operation_id="imports_fetch",
        summary="Have a file of history fetched",
        description=(
            "From an https address (`url`, and `authorization` where it asks for one) or from S3-compatible storage (`bucket`, "
            "`path`, `access_key`, `secret_key` …). It is fetched in the background and resumed where it broke off; then it is a draft "
            "like an uploaded one. Secrets are forgotten once the file is there."
        ),
        request=FetchRequest,
        responses={201: ImportDocument},
        tags=["Imports"],
    )
    def post(self, request: Request) -> Response:
        scope = _allowed(request)
        said = request.data
        if not isinstance(said, dict):
            raise Problem(400, "invalid_request", "Send an object that says where the file is.")
        key = "bucket" if said.get("bucket") else "web"
        kind, name = str(said.get("kind") or Import.Kind.EVENTS), str(said.get("name") or "")
        try:
            made = fetch.begin(scope, key, said, kind=kind, actor=scope.actor, name=name)
        except (BadSource, BadFile) as error:
            raise Problem(400, "invalid_request", str(error)) from error
        return Response(document(made), status=201)


class ImportView(ApiView):
    @extend_schema(
        operation_id="imports_read",
        summary="An import and how far it is",
        responses={200: ImportDocument},
        tags=["Imports"],
    )
    def get(self, request: Request, import_id: int) -> Response:
        _allowed(request)
        return Response(document(_known(import_id)))

    @extend_schema(
        operation_id="imports_describe",
        summary="Say how a draft is to be read",
        description="Only what is named changes.",
        request=ImportChange,
        responses={200: ImportDocument},
        tags=["Imports"],
    )
    def patch(self, request: Request, import_id: int) -> Response:
        scope = _allowed(request)
        if not isinstance(request.data, dict):
            raise Problem(400, "invalid_request", "Send an object with what is to change.")
        try:
            changed = services.change_layout(_known(import_id), request.data, actor=scope.actor)
        except services.Refused as error:
            raise Problem(400, "invalid_request", str(error)) from error
        return Response(document(changed))

    @extend_schema(
        operation_id="imports_do",
        summary="Check, start, pause, resume or cancel an import",
        description="`check` is a dry run: it takes nothing and reports what would be taken and why not.",
        request=ImportStep,
        responses={200: ImportDocument},
        tags=["Imports"],
    )
    def post(self, request: Request, import_id: int) -> Response:
        scope = _allowed(request)
        found = _known(import_id)
        verb = request.data.get("do") if isinstance(request.data, dict) else None
        if verb not in VERBS:
            raise Problem(400, "invalid_request", f"“do” must be one of {', '.join(VERBS)}.")
        try:
            return Response(document(VERBS[verb](scope, found, actor=scope.actor)))
        except services.Refused as error:
            raise Problem(409, "not_now", str(error)) from error


class ImportProblemsView(ApiView):
    @extend_schema(
        operation_id="imports_problems",
        summary="The lines that could not be taken",
        description="By line, at most 1,000 an answer: go on with `after`, the last line that you have.",
        parameters=[OpenApiParameter("after", int)],
        responses={200: ProblemList},
        tags=["Imports"],
    )
    def get(self, request: Request, import_id: int) -> Response:
        _allowed(request)
        after = request.query_params.get("after", "0")
        if not after.isdigit() or len(after) > 15:
            raise Problem(400, "invalid_request", "after must be the number of a line.")
        rows = _known(import_id).problems.filter(line__gt=int(after)).order_by("line")[:1000]
        return Response(
            {"problems": [{"line": p.line, "reason": p.reason, "detail": p.detail} for p in rows]}
        )


def problems_csv(found: Import) -> StreamingHttpResponse:
    """All problems of an import as a file, in bounded memory."""

    def lines() -> Any:
        yield "line,reason,detail\r\n"
        for problem in found.problems.order_by("line").iterator(chunk_size=2000):
            target = io.StringIO()
            csv.writer(target).writerow([problem.line, problem.reason, problem.detail])
            yield target.getvalue()

    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="import-{found.pk}-problems.csv"'},
    )


def body_of(request: HttpRequest) -> Readable:
    """The body as it arrives; Django takes one without a length for empty, the server ends it by itself."""
    chunked = request.META.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
    if chunked and not request.META.get("CONTENT_LENGTH"):
        source: Readable = request.META["wsgi.input"]
        return source
    return request


def _allowed(request: Request) -> Scope:
    scope = scope_of(request._request)
    require(scope, "ingest")
    if scope.kind != "secret":
        raise Problem(
            403, "secret_key_required", "Imports need a secret key: whoever imports names shoppers."
        )
    return scope


def _known(import_id: int) -> Import:
    found = Import.objects.filter(pk=import_id).first()
    if found is None:
        raise Problem(404, "unknown_import", f"There is no import {import_id}.")
    return found
