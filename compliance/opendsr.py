"""The OpenDSR format: how requests are read, and how answers are written and signed."""

from __future__ import annotations

import base64
from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework import serializers

from tenants import outbound
from tenants.api import parse_json
from tenants.problems import Problem
from tenants.scope import Scope

from .models import SubjectRequest
from .requests.marks import keyed_digest
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
    status_callback_urls = serializers.ListField(child=serializers.URLField(max_length=500), required=False)
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
    matched_shoppers = serializers.IntegerField(
        required=False, help_text="how many shoppers the identities lead to"
    )
    notice = serializers.CharField(required=False, help_text="what somebody should look at")
    results_url = serializers.URLField(
        required=False, help_text="a receipt for everybody to open, or an export to fetch with your key"
    )
    results_expire_at = serializers.DateTimeField(required=False)
    results_count = serializers.IntegerField(required=False)


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


def read(body: bytes) -> dict[str, Any]:
    content = parse_json(body)
    if not isinstance(content, dict):
        raise problem(400, "invalid_request", "The body must be a JSON object.")
    named = content.get("subject_identities")
    for identity in named if isinstance(named, list) else ():
        if isinstance(identity, dict) and "\x00" in str(identity.get("identity_value")):
            raise problem(
                400, "invalid_id", "subject_identities: an identity_value must not hold a NUL character."
            )
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


def content_digest(scope: Scope, asked: dict[str, Any]) -> bytes:
    """Of what is asked and not of its bytes: a sender may write the same request in another order. Keyed, as it stays."""
    same = {name: asked.get(name) for name in ("regulation", "subject_request_type", "subject_identities")}
    return keyed_digest(scope.tenant_id, orjson.dumps(same, option=orjson.OPT_SORT_KEYS, default=dict))


def callback_urls(urls: list[str]) -> list[str]:
    if len(urls) > MOST_CALLBACKS:
        raise problem(400, "too_many_callbacks", f"At most {MOST_CALLBACKS} status_callback_urls are called.")
    for url in urls:
        try:
            outbound.check(url)
        except outbound.Refused as error:
            raise problem(400, "invalid_callback", f"status_callback_urls: {error}") from error
    return list(dict.fromkeys(urls))
