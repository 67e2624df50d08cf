"""GET /api/v1/profiles/{user_id}: what is known about a shopper."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api import requires, scope_of
from tenants.problems import Problem
from tenants.views import ApiView

from .models import Identifier
from .naming import refuse_nul
from .reading import read_shopper


class IdentifierSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Identifier.Kind.choices)
    value = serializers.CharField()


class MembershipSerializer(serializers.Serializer[Any]):
    segment = serializers.CharField(help_text="the segment's key")
    name = serializers.CharField()
    entered_at = serializers.DateTimeField()


class ProfileSerializer(serializers.Serializer[Any]):
    """A shopper as the API shows one."""

    user_id = serializers.CharField()
    identifiers = IdentifierSerializer(many=True)
    traits = serializers.DictField()
    computed_traits = serializers.DictField(
        help_text="the shop's computed traits by key: number, text, date, list of texts, or null"
    )
    features = serializers.DictField(help_text="by group: demographics, behaviour, preferences, …")
    segments = MembershipSerializer(many=True, help_text="the live segments that the shopper is in")
    first_seen_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    counts = serializers.DictField(help_text="events, and interactions by kind")
    version = serializers.IntegerField(help_text="grows with every processed event")


class ProfileView(ApiView):
    permission_classes = [requires("profiles:read")]

    @extend_schema(
        operation_id="get_profile",
        summary="A shopper's profile",
        parameters=[OpenApiParameter("user_id", str, OpenApiParameter.PATH)],
        responses={200: ProfileSerializer},
        tags=["Profiles"],
    )
    def get(self, request: Request, user_id: str) -> Response:
        scope = scope_of(request._request)
        refuse_nul("user_id", user_id)
        found = read_shopper(scope, Identifier.Kind.USER_ID, user_id)
        if found is None:
            raise Problem(404, "unknown_shopper", "No shopper has this user id.")
        return Response(
            {
                "user_id": user_id.strip(),
                "identifiers": found.identifiers,
                "traits": found.traits,
                "computed_traits": found.computed_traits,
                "features": found.features,
                "segments": [
                    {"segment": m.key, "name": m.name, "entered_at": m.entered_at} for m in found.segments
                ],
                "first_seen_at": found.shopper.first_seen_at.isoformat(),
                "last_seen_at": found.shopper.last_seen_at.isoformat(),
                "counts": {"events": found.events, "interactions": found.interactions},
                "version": found.shopper.version,
            }
        )
