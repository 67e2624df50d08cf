"""Subject requests over HTTP, in the OpenDSR format (formerly OpenGDPR), so that consent platforms can send them.

Where the specification is silent: `phone` and `anonymous_id` are identity types of ours, identities are taken raw, and
answers are signed with Ed25519 by the key of the certificate that discovery names.
"""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from typing import Any

import orjson
from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request as DrfRequest

from tenants import outbound
from tenants.api import parse_json, requires, scope_of
from tenants.problems import Problem
from tenants.scope import Scope
from tenants.views import ApiView

from .models import SubjectRequest
from .requests import callbacks, decide, receive
from .requests.problems import Refused
from .requests.subject import keyed_digest
from .signatures import domain_of, signature_of

# What OpenDSR calls an identity → what it is called here.
IDENTITIES = {
    "controller_customer_id": "user_id",
    "email": "email",
    "phone": "phone",
    "anonymous_id": "anonymous_id",
    "android_advertising_id": "anonymous_id",
    "android_id": "anonymous_id",
    "fire_advertising_id": "anonymous_id",
    "ios_advertising_id": "anonymous_id",
    "ios_vendor_id": "anonymous_id",
    "microsoft_advertising_id": "anonymous_id",
    "microsoft_publisher_id": "anonymous_id",
    "roku_publisher_id": "anonymous_id",
    "roku_advertising_id": "anonymous_id",
}
MOST_CALLBACKS = 5
CONFLICTS = ("erasure_open", "request_id_used", "request_closed")


class OpenDsrIdentity(serializers.Serializer[Any]):
    identity_type = serializers.ChoiceField(choices=sorted(IDENTITIES))
    identity_value = serializers.CharField(max_length=500)
    identity_format = serializers.ChoiceField(choices=["raw"], default="raw")


class OpenDsrRequest(serializers.Serializer[Any]):
    regulation = serializers.ChoiceField(choices=SubjectRequest.Regulation.values)
    subject_request_id = serializers.UUIDField(help_text="version 4, made by the sender")
    subject_request_type = serializers.ChoiceField(choices=SubjectRequest.Kind.values)
    subject_identities = OpenDsrIdentity(many=True)
    submitted_time = serializers.DateTimeField(help_text="when the person asked")
    api_version = serializers.CharField(required=False)
    status_callback_urls = serializers.ListField(child=serializers.URLField(), required=False)
    extensions = serializers.DictField(required=False)


class OpenDsrTaken(serializers.Serializer[Any]):
    controller_id = serializers.CharField()
    expected_completion_time = serializers.DateTimeField()
    received_time = serializers.DateTimeField()
    encoded_request = serializers.CharField(help_text="your request's body in base64")
    subject_request_id = serializers.UUIDField()


class OpenDsrStatus(serializers.Serializer[Any]):
    controller_id = serializers.CharField()
    expected_completion_time = serializers.DateTimeField()
    subject_request_id = serializers.UUIDField()
    request_status = serializers.ChoiceField(choices=["pending", "in_progress", "completed", "cancelled"])
    api_version = serializers.CharField()
    results_url = serializers.URLField(required=False)
    results_count = serializers.IntegerField(required=False)


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
                "processor_certificate": f"https://{domain_of(scope)}/.well-known/opendsr.pem",
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
        """The same subject_request_id with the same content gets the same answer; nothing is done twice."""
        http = request._request
        scope = scope_of(http)
        body = http.body
        asked = _read(body)
        urls = _callback_urls(asked.get("status_callback_urls") or [])
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
                body_digest=_content_digest(scope, asked),
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


def signed(scope: Scope, content: dict[str, Any], status: int = 200) -> HttpResponse:
    body = orjson.dumps(content)
    return HttpResponse(
        body,
        status=status,
        content_type="application/json",
        headers={
            "X-OpenDSR-Processor-Domain": domain_of(scope),
            "X-OpenDSR-Signature": base64.b64encode(signature_of(scope, body)).decode(),
            "Cache-Control": "no-store",
        },
    )


def problem(status: int, code: str, detail: str, **extra: Any) -> Problem:
    """A problem document that also has OpenDSR's error object."""
    reason = {"domain": "Validation", "reason": code, "message": detail}
    error = {"code": status, "message": detail, "errors": [reason]}
    return Problem(status, code, detail, error=error, **extra)


def _read(body: bytes) -> dict[str, Any]:
    content = parse_json(body)
    if not isinstance(content, dict):
        raise problem(400, "invalid_request", "The body must be a JSON object.")
    form = OpenDsrRequest(data=content)
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        raise problem(400, "invalid_request", f"{field}: {_first(errors)}")
    asked: dict[str, Any] = form.validated_data
    if asked["subject_request_id"].version != 4:
        raise problem(400, "invalid_request", "subject_request_id: it must be a UUID of version 4.")
    return asked


def _first(errors: Any) -> str:
    while isinstance(errors, dict | list) and errors:
        errors = (
            next(iter(errors.values())) if isinstance(errors, dict) else next((e for e in errors if e), "")
        )
    return str(errors)


def _content_digest(scope: Scope, asked: dict[str, Any]) -> bytes:
    """Of what is asked and not of its bytes: a sender may write the same request in another order. Keyed, as it stays."""
    same = {name: asked.get(name) for name in ("regulation", "subject_request_type", "subject_identities")}
    return keyed_digest(scope.tenant_id, orjson.dumps(same, option=orjson.OPT_SORT_KEYS, default=dict))


def _callback_urls(urls: list[str]) -> list[str]:
    if len(urls) > MOST_CALLBACKS:
        raise problem(400, "too_many_callbacks", f"At most {MOST_CALLBACKS} status_callback_urls are called.")
    for url in urls:
        try:
            outbound.check(url)
        except outbound.Refused as error:
            raise problem(400, "invalid_callback", f"status_callback_urls: {error}") from error
    return list(dict.fromkeys(urls))


def _found(subject_request_id: str) -> SubjectRequest:
    try:
        number = uuid.UUID(subject_request_id)
    except ValueError as error:
        raise Http404("There is no subject request with this id.") from error
    request = SubjectRequest.objects.filter(pk=number).select_related("receipt", "bundle").first()
    if request is None:
        raise Http404("There is no subject request with this id.")
    return request
