"""GET and POST /api/v1/consents: what a shopper has agreed to, and their word."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.consent import CLOCK_SKEW, PASSIVE, BadChoice, Choice
from compliance.models.consent import Channel, LawfulBasis, Purpose
from tenants.api import requires, scope_of
from tenants.problems import Problem
from tenants.scope import Scope
from tenants.views import ApiView

from .consent_view import as_if, consent_view
from .consents import ErasedShopper, Named, set_consent
from .naming import MAX_ID, SHOPPER, SHOPPER_TOKEN, named_shopper

READ = requires("consents:read")
WRITE = requires("consents:write")
MOST_CHOICES = 30
# A word under one of these weighs less, or more, than what somebody told the merchant.
RESERVED = PASSIVE | {"objection", "restriction"}


class ChoiceDocument(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    channel = serializers.ChoiceField(
        choices=Channel.choices,
        required=False,
        help_text="of marketing; left out: every channel without a word of its own",
    )
    granted = serializers.BooleanField()
    lawful_basis = serializers.ChoiceField(choices=LawfulBasis.choices, default="consent")
    text_version = serializers.CharField(required=False, help_text="which text the shopper saw")


class StateDocument(ChoiceDocument):
    recorded = serializers.BooleanField(help_text="false: nothing was said, the default holds")
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # DRF's Field has a `source` too
    at = serializers.DateTimeField(allow_null=True)


class ConsentDocument(serializers.Serializer[Any]):
    """What holds for each purpose and channel, and what was said, newest first."""

    consents = StateDocument(many=True)
    history = StateDocument(many=True)


class ConsentRequest(serializers.Serializer[Any]):
    user_id = serializers.CharField(required=False, max_length=MAX_ID)
    anonymous_id = serializers.CharField(required=False, max_length=MAX_ID)
    consents = ChoiceDocument(many=True)
    source = serializers.CharField(  # type: ignore[assignment]  # as above
        required=False, help_text="where it was said, such as “checkout”"
    )
    at = serializers.DateTimeField(required=False, help_text="when, if not now; with a secret key only")


class ConsentChanged(ConsentDocument):
    changed = serializers.IntegerField(help_text="how many of the choices were news")


class ConsentsView(ApiView):
    """A publishable key speaks for the anonymous id it names, and with a shopper token for that shopper."""

    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method in SAFE_METHODS else WRITE()]

    @extend_schema(
        operation_id="consents_read",
        summary="What a shopper has agreed to",
        parameters=[*SHOPPER, SHOPPER_TOKEN],
        responses={200: ConsentDocument},
        tags=["Consent"],
    )
    def get(self, request: Request) -> Response:
        scope = scope_of(request._request)
        return Response(consent_view(scope, _named(request, scope, request.query_params)))

    @extend_schema(
        operation_id="consents_write",
        summary="Record a shopper's word",
        description=(
            "Saying the same again is harmless. Answers that were made before a change are not given again. "
            "Nobody need exist already: a shopper who is not known yet becomes known by it."
        ),
        parameters=[SHOPPER_TOKEN],
        request=ConsentRequest,
        responses={200: ConsentChanged},
        tags=["Consent"],
    )
    def post(self, request: Request) -> Response:
        scope = scope_of(request._request)
        body = request.data
        if not isinstance(body, dict):
            raise Problem(400, "invalid_request", "The body must be a JSON object.")
        named = _named(request, scope, body)
        browser = scope.kind == "publishable"
        _only_known(body, ConsentRequest, "The body")
        source = body.get("source") or ("shop" if browser else "api")
        choices = _choices(body.get("consents"), source)
        try:
            changed = set_consent(
                scope, named, choices, actor=scope.actor, at=_moment(body.get("at"), browser)
            )
        except BadChoice as error:
            raise Problem(400, "invalid_consent", str(error)) from error
        except ErasedShopper as error:
            if browser:  # a key that anybody can read must not tell who was erased
                return Response({"changed": len(choices), **as_if(scope, choices)})
            raise Problem(410, "erased_shopper", str(error)) from error
        return Response({"changed": len(changed), **consent_view(scope, named)})


def _named(request: Request, scope: Scope, fields: Any) -> Named:
    user_id, anonymous_id, _ = named_shopper(request._request, scope, fields)
    if user_id:
        return "user_id", user_id
    if anonymous_id:
        return "anonymous_id", anonymous_id
    raise Problem(400, "missing_identity", "Say whose consent is meant: user_id or anonymous_id.")


def _choices(said: Any, source: Any) -> list[Choice]:
    if not isinstance(said, list) or not said or not all(isinstance(one, dict) for one in said):
        raise Problem(
            400, "invalid_consent", "“consents” must be a list of objects with “purpose” and “granted”."
        )
    if len(said) > MOST_CHOICES:
        raise Problem(400, "invalid_consent", f"At most {MOST_CHOICES} choices in one call.")
    if not isinstance(source, str):
        raise Problem(400, "invalid_consent", "“source” must be text.")
    if source in RESERVED:
        raise Problem(400, "invalid_consent", f"“{source}” is a source that only Attune itself writes.")
    choices = [_choice(number, one, source) for number, one in enumerate(said)]
    granted: dict[tuple[str, str], bool] = {}
    for number, choice in enumerate(choices):
        if granted.setdefault((choice.purpose, choice.channel), choice.granted) != choice.granted:
            what = f"{choice.purpose} by {choice.channel}" if choice.channel else choice.purpose
            raise Problem(
                400, "invalid_consent", f"consents[{number}]: {what} is both granted and refused here."
            )
    return choices


def _only_known(said: dict[str, Any], form: type[serializers.Serializer[Any]], where: str) -> None:
    known = form().get_fields()
    unknown = [str(name)[:60] for name in said if name not in known]
    if unknown:
        names = ", ".join(f"“{name}”" for name in unknown[:10])
        raise Problem(
            400, "invalid_consent", f"{where} has no member {names}. There are: {', '.join(known)}."
        )


def _choice(number: int, said: dict[str, Any], source: str) -> Choice:
    _only_known(said, ChoiceDocument, f"consents[{number}]")
    if not isinstance(said.get("granted"), bool):
        raise Problem(400, "invalid_consent", f"consents[{number}]: “granted” must be true or false.")
    texts: dict[str, Any] = {
        "purpose": said.get("purpose"),
        "channel": said.get("channel") or "",
        "lawful_basis": said.get("lawful_basis") or "consent",
        "text_version": said.get("text_version") or "",
    }
    for name, value in texts.items():
        if not isinstance(value, str):
            raise Problem(400, "invalid_consent", f"consents[{number}]: “{name}” must be text.")
    return Choice(granted=said["granted"], source=source, **texts)


def _moment(said: Any, browser: bool) -> dt.datetime | None:
    if said is None:
        return None
    if browser:
        raise Problem(400, "invalid_consent", "Only a secret key may say “at”; a browser's word is of now.")
    try:
        at = parse_datetime(said) if isinstance(said, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Problem(400, "invalid_consent", "“at” must be a moment with its zone: 2026-01-31T12:00:00Z.")
    if at > dt.datetime.now(dt.UTC) + CLOCK_SKEW:
        raise Problem(400, "invalid_consent", "“at” lies in the future.")
    return at
