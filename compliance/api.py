"""Subject requests over HTTP, in the OpenDSR format (formerly OpenGDPR), so that consent platforms can send them.

Where the specification is silent: `phone` and `anonymous_id` are identity types of ours, identities are taken raw, and
answers are signed with Ed25519 by the key of the certificate that discovery names.
"""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request as DrfRequest

from tenants.addresses import base_url
from tenants.api import requires, scope_of
from tenants.views import ApiView

from .models import SubjectRequest
from .opendsr import (
    IDENTITIES,
    OpenDsrRequest,
    OpenDsrStatus,
    OpenDsrTaken,
    callback_urls,
    content_digest,
    problem,
    read,
    signed,
)
from .requests import callbacks, decide, export, receive
from .requests.problems import Refused

CONFLICTS = ("erasure_open", "request_id_used", "request_closed")


class DiscoveryView(ApiView):
    permission_classes = [requires("privacy:read")]

    @extend_schema(
        operation_id="opendsr_discovery",
        summary="What kinds of subject requests are taken",
        responses={200: serializers.DictField()},
        tags=["Privacy"],
    )
    def get(self, request: DrfRequest) -> HttpResponse:
        scope = scope_of(request._request)
        return signed(
            scope,
            {
                "api_version": "1.0",
                "supported_identities": [
                    {"identity_type": name, "identity_format": "raw"} for name in sorted(IDENTITIES)
                ],
                "supported_subject_request_types": SubjectRequest.Kind.values,
                "processor_certificate": f"{base_url(scope.tenant_id)}/.well-known/opendsr.pem",
            },
        )


class RequestsView(ApiView):
    permission_classes = [requires("privacy:write")]

    @extend_schema(
        operation_id="opendsr_create",
        summary="Ask for access, portability, erasure … of a person's data",
        request=OpenDsrRequest,
        responses={201: OpenDsrTaken},
        tags=["Privacy"],
    )
    def post(self, request: DrfRequest) -> HttpResponse:
        """The same subject_request_id with the same content gets the same answer; nothing is done twice.

        Also with 201: the specification (section 7.3) has no other status for what is well-formed.
        """
        http = request._request
        scope = scope_of(http)
        body = http.body
        asked = read(body)
        urls = callback_urls(asked.get("status_callback_urls") or [])
        try:
            made = receive.receive(
                scope,
                kind=asked["subject_request_type"],
                regulation=asked["regulation"],
                identities=[
                    (IDENTITIES[i["identity_type"]], i["identity_value"]) for i in asked["subject_identities"]
                ],
                actor=scope.actor,
                source="api",
                request_id=asked["subject_request_id"],
                submitted_at=asked["submitted_time"],
                callback_urls=urls,
                body_digest=content_digest(scope, asked),
            )
        except Refused as error:
            status = 409 if error.code in CONFLICTS else 400
            raise problem(status, error.code, str(error), **error.extra) from error
        return signed(
            scope,
            {
                "controller_id": scope.slug,
                "expected_completion_time": made.due_at.isoformat(),
                "received_time": made.received_at.isoformat(),
                "encoded_request": base64.b64encode(body).decode(),
                "subject_request_id": str(made.pk),
            },
            status=201,
        )


class RequestView(ApiView):
    def get_permissions(self) -> list[Any]:
        return [requires("privacy:write" if self.request.method == "DELETE" else "privacy:read")()]

    @extend_schema(
        operation_id="opendsr_status",
        summary="How far a subject request is",
        responses={200: OpenDsrStatus},
        tags=["Privacy"],
    )
    def get(self, request: DrfRequest, subject_request_id: str) -> HttpResponse:
        scope = scope_of(request._request)
        return signed(scope, callbacks.document(scope, _found(subject_request_id)))

    @extend_schema(
        operation_id="opendsr_cancel",
        summary="Withdraw a subject request that is still pending",
        responses={202: serializers.DictField()},
        tags=["Privacy"],
    )
    def delete(self, request: DrfRequest, subject_request_id: str) -> HttpResponse:
        scope = scope_of(request._request)
        try:
            gone = decide.cancel(scope, _found(subject_request_id), actor=scope.actor)
        except Refused as error:
            raise problem(400, error.code, str(error)) from error
        return signed(
            scope,
            {
                "controller_id": scope.slug,
                "subject_request_id": str(gone.pk),
                "received_time": dt.datetime.now(dt.UTC).isoformat(),
                "api_version": "1.0",
            },
            status=202,
        )


class ResultsView(ApiView):
    def get_permissions(self) -> list[Any]:
        # Without a scope nobody asks: the address is being described for the API's document.
        scope = getattr(self.request._request, "scope", None)
        writes = scope is not None and "privacy:write" in scope.scopes
        return [requires("privacy:write" if writes else "privacy:read")()]

    @extend_schema(
        operation_id="opendsr_results",
        summary="The export of an access or portability request, a ZIP, until it expires",
        responses={(200, "application/zip"): bytes},
        tags=["Privacy"],
    )
    def get(self, request: DrfRequest, subject_request_id: str) -> HttpResponse:
        """What `results_url` of the status names. Each download is on record; after it expired the answer is 410."""
        scope = scope_of(request._request)
        found = _found(subject_request_id)
        bundle = getattr(found, "bundle", None)
        if bundle is None:
            if found.closed_at and found.outcome == SubjectRequest.Outcome.DELIVERED:
                raise problem(410, "expired", "This export has expired and was deleted. Send a new request.")
            raise Http404("This request has no export, or none yet.")
        try:
            content = export.download(scope, bundle, actor=scope.actor)
        except Refused as error:
            raise problem(410, error.code, str(error)) from error
        return HttpResponse(
            content,
            content_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="personal-data-{str(found.pk)[:8]}.zip"',
                "Cache-Control": "no-store",
            },
        )


def _found(subject_request_id: str) -> SubjectRequest:
    try:
        number = uuid.UUID(subject_request_id)
    except ValueError as error:
        raise Http404("There is no subject request with this id.") from error
    request = SubjectRequest.objects.filter(pk=number).select_related("receipt", "bundle").first()
    if request is None:
        raise Http404("There is no subject request with this id.")
    return request
