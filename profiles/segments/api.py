"""GET /api/v1/segments: which segments there are, and who is in one."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.paging import cursor_after, limit_of, pk_of_cursor
from tenants.api import requires, scope_of
from tenants.problems import Problem
from tenants.views import ApiView

from ..models import Profile
from ..selectors import user_ids_of
from .build import Facts
from .models import Segment
from .selectors import facts, members, sizes
from .words import described

READ = requires("profiles:read")
MOST_MEMBERS = 1_000


class SegmentDocument(serializers.Serializer[Any]):
    segment = serializers.CharField(help_text="its key")
    name = serializers.CharField()
    description = serializers.CharField()
    status = serializers.ChoiceField(choices=Segment.Status.choices)
    members = serializers.IntegerField(help_text="of a live segment; 0 otherwise")
    who = serializers.CharField(help_text="the definition in words")
    definition = serializers.DictField(help_text="the tree of conditions")
    computed_at = serializers.DateTimeField(
        allow_null=True, help_text="when everybody was last looked at; shoppers with events follow at once"
    )


class SegmentList(serializers.Serializer[Any]):
    segments = SegmentDocument(many=True)


class MemberDocument(serializers.Serializer[Any]):
    profile = serializers.UUIDField(help_text="pseudonym")
    user_ids = serializers.ListField(
        child=serializers.CharField(),
        help_text="as the merchant names the shopper; none for who never signed in",
    )


class MemberList(serializers.Serializer[Any]):
    profiles = serializers.ListField(child=serializers.UUIDField(), help_text="pseudonyms of profiles")
    members = MemberDocument(many=True, help_text="the same, with the user ids that are known")
    next_cursor = serializers.CharField(allow_null=True)


class SegmentsView(ApiView):
    permission_classes = [READ]

    @extend_schema(
        operation_id="segments_list",
        summary="List segments",
        description="Archived ones are left out.",
        responses={200: SegmentList},
        tags=["Profiles"],
    )
    def get(self, request: Request) -> Response:
        known, count = facts(currency=scope_of(request._request).currency), sizes()
        found = Segment.objects.exclude(status=Segment.Status.ARCHIVED)
        return Response({"segments": [_document(s, known, count.get(s.pk, 0)) for s in found]})


class SegmentView(ApiView):
    permission_classes = [READ]

    @extend_schema(
        operation_id="segments_read",
        summary="Read a segment",
        responses={200: SegmentDocument},
        tags=["Profiles"],
    )
    def get(self, request: Request, segment_key: str) -> Response:
        segment = _known(segment_key)
        known = facts(currency=scope_of(request._request).currency)
        return Response(_document(segment, known, sizes().get(segment.pk, 0)))


class MembersView(ApiView):
    permission_classes = [READ]

    @extend_schema(
        operation_id="segments_members",
        summary="Who is in a segment",
        description="In a fixed order; shoppers who enter while you read may come in or not.",
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses={200: MemberList},
        tags=["Profiles"],
    )
    def get(self, request: Request, segment_key: str) -> Response:
        segment = _known(segment_key)
        limit = limit_of(request.query_params.get("limit"), default=100, most=MOST_MEMBERS)
        after = pk_of_cursor(request.query_params.get("cursor"))
        scope = scope_of(request._request)
        ids = members(scope.schema, segment.pk, after, limit + 1)
        shown = ids[:limit]
        uuids = dict(Profile.objects.filter(pk__in=shown).values_list("pk", "uuid"))
        following = cursor_after(shown[-1]) if len(ids) > limit else None
        known = user_ids_of(scope, shown)
        found = [{"profile": uuids[pk], "user_ids": known.get(pk, [])} for pk in shown if pk in uuids]
        return Response(
            {"profiles": [m["profile"] for m in found], "members": found, "next_cursor": following}
        )


def _known(key: str) -> Segment:
    segment = Segment.objects.filter(key=key).first()
    if segment is None:
        raise Problem(404, "unknown_segment", f"There is no segment “{key[:60]}”.")
    return segment


def _document(segment: Segment, known: Facts, size: int) -> dict[str, Any]:
    live = segment.status == Segment.Status.LIVE
    return {
        "segment": segment.key,
        "name": segment.name,
        "description": segment.description,
        "status": segment.status,
        "members": size if live else 0,
        "who": described(segment.definition, known),
        "definition": segment.definition,
        "computed_at": segment.computed_at,
    }
