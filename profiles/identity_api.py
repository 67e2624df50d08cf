"""GET and POST /api/v1/identities: what makes a shopper one, and taking them apart."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api import requires, scope_of
from tenants.crypto import blind_index
from tenants.problems import Problem
from tenants.scope import Scope
from tenants.views import ApiView

from .identity.models import IdentityChange
from .identity.regroup import Busy
from .identity.selectors import Identity, Name, identity_of
from .identity.unmerge import NotPossible, undo, unmerge
from .models import Profile
from .naming import SHOPPER, named_shopper
from .selectors import find_profile, traits_of

READ, WRITE = requires("profiles:read"), requires("profiles:write")
MOST_NAMES = 100


class NameDocument(serializers.Serializer[Any]):
    kind = serializers.CharField()
    value = serializers.CharField(allow_null=True)


class WordDocument(serializers.Serializer[Any]):
    names = NameDocument(many=True)
    said_by = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    refused = serializers.CharField(help_text="why it joins nobody; empty: it does")


class ChangeDocument(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    what = serializers.ChoiceField(choices=IdentityChange.What.choices)
    at = serializers.DateTimeField()


class IdentityDocument(serializers.Serializer[Any]):
    """The names of one shopper, what joined them, and what changed, newest first."""

    profile = serializers.UUIDField()
    names = NameDocument(many=True)
    links = WordDocument(many=True)
    history = ChangeDocument(many=True)


class UnmergeRequest(serializers.Serializer[Any]):
    """Either `names` of the shopper, which get a profile of their own, or `undo`, an earlier separation."""

    user_id = serializers.CharField(required=False)
    anonymous_id = serializers.CharField(required=False)
    names = NameDocument(many=True, required=False)
    undo = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    reason = serializers.CharField(required=False, max_length=200)


class IdentitiesView(ApiView):
    def get_permissions(self) -> list[Any]:
        return [(READ if self.request.method in ("GET", "HEAD", "OPTIONS") else WRITE)()]

    @extend_schema(
        operation_id="get_identity",
        summary="What makes a shopper one",
        parameters=[*SHOPPER],
        responses={200: IdentityDocument},
        tags=["Profiles"],
    )
    def get(self, request: Request) -> Response:
        scope = scope_of(request._request)
        profile = _shopper(request, scope, request.query_params)
        return Response(_document(profile, identity_of(scope, profile, traits_of(scope, profile))))

    @extend_schema(
        operation_id="unmerge",
        summary="Take a shopper apart, or take that back",
        request=UnmergeRequest,
        responses={200: ChangeDocument},
        tags=["Profiles"],
    )
    def post(self, request: Request) -> Response:
        scope = scope_of(request._request)
        said = UnmergeRequest(data=request.data)
        if not said.is_valid():
            raise Problem(
                400, "invalid_request", "Send “names” of the shopper, or “undo” with a change’s id."
            )
        given = said.validated_data
        actor = f"key:{scope.key_id}"
        try:
            if "undo" in given:
                change = undo(scope, given["undo"], actor=actor)
            else:
                names = given.get("names", [])[:MOST_NAMES]
                profile = _shopper(request, scope, given)
                blinds = {blind_index(scope.tenant_id, n["kind"], n["value"] or "") for n in names}
                change = unmerge(scope, profile.pk, blinds, actor=actor, why=given.get("reason", ""))
        except NotPossible as error:
            raise Problem(409, "not_possible", str(error)) from error
        except Busy as error:
            raise Problem(503, "busy", str(error)) from error
        return Response({"id": change.pk, "what": change.what, "at": change.at.isoformat()})


def _shopper(request: Request, scope: Scope, fields: QueryDict | dict[str, Any]) -> Profile:
    user_id, anonymous_id, _ = named_shopper(request._request, scope, fields)
    if not (user_id or anonymous_id):
        raise Problem(400, "invalid_request", "Name the shopper: user_id or anonymous_id.")
    found = (
        find_profile(scope, "user_id", user_id)
        if user_id
        else find_profile(scope, "anonymous_id", anonymous_id or "")
    )
    if found is None:
        raise Problem(404, "unknown_shopper", "No shopper has this id.")
    return found


def _document(profile: Profile, identity: Identity) -> dict[str, Any]:
    return {
        "profile": str(profile.uuid),
        "names": [_name(name) for name in (*identity.names, *identity.visitors)],
        "links": [
            {
                "names": [_name(word.one), _name(word.other)],
                "said_by": word.said,
                "at": word.at.isoformat() if word.at else None,
                "refused": word.why,
            }
            for word in (*identity.words, *identity.refused)
        ],
        "history": [{"id": c.pk, "what": c.what, "at": c.at.isoformat()} for c in identity.changes],
    }


def _name(name: Name) -> dict[str, Any]:
    return {"kind": name.kind, "value": name.value}
