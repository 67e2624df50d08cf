"""The tracking plan as code: read it, put it, with an ETag so that nobody's change is lost."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api import require, scope_of
from tenants.problems import Problem
from tenants.views import ApiView

from . import services
from .document import TYPES, UNPLANNED, VIOLATIONS, BadPlan


class _MayUse(BasePermission):
    """Reading needs plan:read, changing plan:write."""

    def has_permission(self, request: Any, view: Any) -> bool:
        require(scope_of(request._request), "plan:read" if request.method == "GET" else "plan:write")
        return True


class PlannedEventDocument(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=TYPES)
    name = serializers.CharField(
        required=False, help_text="of a track; of a page or screen, empty for all of them"
    )
    description = serializers.CharField(required=False)
    violations = serializers.ChoiceField(
        choices=list(VIOLATIONS), required=False, allow_null=True, help_text="null: as the plan says"
    )
    schema = serializers.DictField(help_text="JSON Schema (draft 7) of the properties, or of the traits")


class PlanDocument(serializers.Serializer[Any]):
    violations = serializers.ChoiceField(choices=list(VIOLATIONS), required=False)
    unplanned = serializers.ChoiceField(choices=list(UNPLANNED), required=False)
    events = PlannedEventDocument(many=True)


class TrackingPlanView(ApiView):
    permission_classes = [_MayUse]

    @extend_schema(
        operation_id="tracking_plan_read",
        summary="Read the tracking plan",
        description="The answer's ETag names the version; without a plan its list of events is empty.",
        responses={200: PlanDocument},
        tags=["Events"],
    )
    def get(self, request: Request) -> Response:
        number, document = services.latest()
        return Response(document, headers={"ETag": f'"{number}"'})

    @extend_schema(
        operation_id="tracking_plan_write",
        summary="Write the tracking plan",
        description="The whole plan. It holds within seconds. With If-Match only when the version is still that one.",
        parameters=[OpenApiParameter("If-Match", str, "header", description="the ETag that was read")],
        request=PlanDocument,
        responses={200: PlanDocument},
        tags=["Events"],
    )
    def put(self, request: Request) -> Response:
        scope = scope_of(request._request)
        try:
            services.save(scope, request.data, actor=scope.actor, expected=_expected(request))
        except services.Changed as error:
            raise Problem(412, "plan_changed", str(error), version=error.number) from error
        except BadPlan as error:
            faults = [{"where": fault.where, "message": fault.message} for fault in error.faults[:50]]
            first = error.faults[0]
            detail = f"{first.where}: {first.message}" if first.where else first.message
            raise Problem(400, "invalid_plan", detail, errors=faults) from error
        return self.get(request)


def _expected(request: Request) -> int | None:
    text = request.headers.get("If-Match", "").removeprefix("W/").strip('"')
    if not text or text == "*":
        return None
    if not text.isdigit():
        raise Problem(400, "invalid_request", "If-Match is the ETag of the version that was read.")
    return int(text)
