"""GET /api/v1/profiles/{user_id}: what is known about a shopper."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api import requires, scope_of
from tenants.problems import Problem
from tenants.scope import Scope
from tenants.views import ApiView

from .consent_view import consent_view
from .days import calendar
from .features.ages import ages
from .models import Identifier, Interaction
from .naming import refuse_nul
from .reading import Shopper, read_shopper


def _ages(scope: Scope, shopper: Shopper) -> dict[str, Any]:
    rows = Interaction.objects.filter(profile_id=shopper.pk).order_by("-at")
    last_act = rows.values_list("at", flat=True).first()
    return ages(
        shopper.counters, last_act=last_act, last_seen=shopper.last_seen_at, days=calendar(scope.time_zone)
    )


def _consents(scope: Scope, shopper: Shopper) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = consent_view(scope, shopper.pk, history=0)["consents"]
    return found


# What costs a query more, for who asks for it.
MORE = {"feature_ages": _ages, "consents": _consents}


class IdentifierSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(
        help_text="user_id, anonymous_id, email, phone, or as context.externalIds named it"
    )
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
    feature_ages = serializers.DictField(
        required=False,
        help_text="with include=feature_ages: per feature changed_on (day, or null) and window_days",
    )
    consents = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="with include=consents: as /api/v1/consents"
    )


class ProfileView(ApiView):
    permission_classes = [requires("profiles:read")]

    @extend_schema(
        operation_id="get_profile",
        summary="A shopper's profile",
        parameters=[
            OpenApiParameter("user_id", str, OpenApiParameter.PATH),
            OpenApiParameter("include", str, description=f"more of it, by commas: {', '.join(MORE)}"),
        ],
        responses={200: ProfileSerializer},
        tags=["Profiles"],
    )
    def get(self, request: Request, user_id: str) -> Response:
        scope = scope_of(request._request)
        refuse_nul("user_id", user_id)
        more = {part.strip() for part in request.query_params.get("include", "").split(",") if part.strip()}
        if more - set(MORE):
            raise Problem(400, "invalid_request", f"include may name {', '.join(MORE)}.")
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
                **{part: MORE[part](scope, found.shopper) for part in sorted(more)},
            }
        )
