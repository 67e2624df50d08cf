"""Recommendations and decisions over HTTP. A cached answer never gets here: see answers.cached_answer."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request as DrfRequest
from rest_framework.response import Response

from profiles.naming import MAX_ID, SHOPPER, SHOPPER_TOKEN
from tenants.api import OrjsonRenderer, parse_json, requires, scope_of
from tenants.problems import Problem
from tenants.views import ApiView

from . import traces
from .answers import ANSWERS, Lookup, look
from .contracts import Request
from .models import Decision
from .pipeline import recommend
from .serving.snapshot import Snapshot
from .serving.tenant_state import snapshot_of

MOST_ITEMS = 50
CHANNELS = ("web", "mobile", "app", "email", "sms", "push", "store", "server")


class RecommendedItem(serializers.Serializer[Any]):
    item_id = serializers.CharField()
    score = serializers.FloatField(
        help_text="0 to 1 before merchandising rules; only comparable within one answer"
    )
    reason = serializers.CharField(help_text="what decided, in words for the shopper; may be empty")
    source = serializers.CharField(  # type: ignore[assignment]  # an API field that DRF names an attribute
        help_text="which candidate source ranked it highest"
    )
    title = serializers.CharField()
    price = serializers.FloatField(allow_null=True)
    currency = serializers.CharField()
    category = serializers.CharField()
    image = serializers.CharField()


class Recommendations(serializers.Serializer[Any]):
    items = RecommendedItem(many=True)
    decision_id = serializers.UUIDField()
    model_version = serializers.CharField(allow_null=True)
    placement = serializers.CharField()
    blocked = serializers.BooleanField(
        required=False, help_text="true when the guardrail let nothing through"
    )
    experiments = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="experiment → variant, when the answer is part of an experiment",
    )


class RecommendationQuestion(serializers.Serializer[Any]):
    user_id = serializers.CharField(required=False, max_length=MAX_ID)
    anonymous_id = serializers.CharField(required=False, max_length=MAX_ID)
    placement = serializers.CharField(default="home")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ITEMS)
    channel = serializers.ChoiceField(CHANNELS, default="web")
    item_ids = serializers.ListField(child=serializers.CharField(), required=False)
    context = serializers.DictField(required=False)  # type: ignore[assignment]  # as above
    preview = serializers.CharField(
        required=False, help_text="EXPERIMENT:VARIANT of a running experiment; secret keys only"
    )


_PARAMETERS = [
    *SHOPPER,
    OpenApiParameter("placement", str, description="where the items are shown; “home” when left out"),
    OpenApiParameter("limit", int, description=f"1 to {MOST_ITEMS}; the placement's size when left out"),
    OpenApiParameter("channel", str, enum=list(CHANNELS)),
    OpenApiParameter("item_id", str, many=True, description="the product shown, or the cart's items"),
    OpenApiParameter(
        "preview",
        str,
        description="EXPERIMENT:VARIANT shows that variant of a running experiment to anybody and counts nothing; "
        "secret keys only",
    ),
    SHOPPER_TOKEN,
]


class RecommendationsView(ApiView):
    """Recommendations for a shopper at a placement."""

    permission_classes = [requires("recommend")]

    @extend_schema(summary="What to show a shopper", parameters=_PARAMETERS, responses=Recommendations)
    def get(self, request: DrfRequest) -> HttpResponse:
        """Answers are cached for at most five minutes and never outlive the shopper's next processed event."""
        http = request._request
        look_up = getattr(http, "look_up", None)
        if look_up is None:
            look_up, _ = look(http, scope_of(http), http.META.get("QUERY_STRING", "").encode(), http.GET)
        fields: dict[str, Any] = http.GET.dict()
        fields["item_ids"] = [
            part for value in http.GET.getlist("item_id") for part in value.split(",") if part
        ]
        return answer(http, look_up, fields)

    @extend_schema(
        summary="What to show a shopper, asked with a body",
        parameters=[SHOPPER_TOKEN],
        request=RecommendationQuestion,
        responses=Recommendations,
    )
    def post(self, request: DrfRequest) -> HttpResponse:
        """The same with a JSON body, for long carts and more context."""
        http = request._request
        fields = parse_json(http.body)
        if not isinstance(fields, dict):
            raise Problem(400, "invalid_request", "The body must be a JSON object.")
        look_up, body = look(http, scope_of(http), http.body, fields)
        if body is not None:
            ANSWERS.labels("cached").inc()
            return HttpResponse(
                body, content_type="application/json", headers={"Server-Timing": 'cache;desc="hit"'}
            )
        return answer(http, look_up, fields)


def answer(http: HttpRequest, look_up: Lookup, fields: dict[str, Any]) -> HttpResponse:
    """Run the pipeline, keep answer and trace, send."""
    scope = scope_of(http)
    snapshot = snapshot_of(scope.schema, look_up.epoch)
    request = _request(scope, look_up, fields, snapshot)
    made = recommend(request, snapshot)
    body = OrjsonRenderer().render(made.body)
    if request.preview is not None:
        # Nobody was shown it: nothing is counted, kept or found by the next request.
        return HttpResponse(body, content_type="application/json")
    ANSWERS.labels(made.outcome).inc()
    # The shopper was read after the version that the look-up saw, so the stamp is never newer than the answer. The
    # snapshot may still be older than the epoch, when taking over a change failed.
    fresh = look_up.epoch == snapshot.epoch
    traces.keep(scope, look_up, made, body, cacheable=fresh and made.outcome == "served")
    return HttpResponse(body, content_type="application/json", headers={"Server-Timing": made.server_timing})


def _request(scope: Any, look_up: Lookup, fields: dict[str, Any], snapshot: Snapshot) -> Request:
    placement = fields.get("placement") or "home"
    placements = snapshot.placements
    if placement not in placements:
        raise Problem(
            400,
            "unknown_placement",
            f"There is no placement “{placement}”. There are: {', '.join(sorted(placements))}.",
        )
    limit = fields.get("limit")
    if limit is not None:
        try:
            limit = int(limit)
        except (TypeError, ValueError) as error:
            raise Problem(400, "invalid_request", "limit must be a whole number.") from error
        if not 1 <= limit <= MOST_ITEMS:
            raise Problem(400, "invalid_request", f"limit must be from 1 to {MOST_ITEMS}.")
    channel = fields.get("channel") or "web"
    if channel not in CHANNELS:
        raise Problem(400, "invalid_request", f"channel must be one of: {', '.join(CHANNELS)}.")
    seeds = fields.get("item_ids") or []
    context = fields.get("context") or {}
    if not isinstance(seeds, list) or not isinstance(context, dict) or len(seeds) > 100:
        raise Problem(400, "invalid_request", "item_ids must be a list of at most 100, context an object.")
    return Request(
        scope=scope,
        identity=look_up.identity,
        trusted=look_up.trusted,
        placement=placement,
        limit=limit,
        channel=channel,
        seed_item_ids=tuple(str(seed) for seed in seeds),
        context=context,
        preview=_preview(scope, fields.get("preview"), placement, snapshot),
    )


def _preview(scope: Any, named: Any, placement: str, snapshot: Snapshot) -> tuple[str, str] | None:
    if not named:
        return None
    if scope.kind != "secret":
        raise Problem(403, "secret_key_required", "Only a secret key may ask for a preview of a variant.")
    experiment, _, variant = str(named).partition(":")
    if not snapshot.running.forced(f"placement:{placement}", experiment, variant):
        raise Problem(
            400,
            "unknown_variant",
            f"No experiment that runs on “{placement}” has the variant “{str(named)[:100]}”; "
            "name it as EXPERIMENT:VARIANT.",
        )
    return experiment, variant


class DecisionView(ApiView):
    """The trace of one answer: sources, scores, rules, guardrails, time per stage."""

    permission_classes = [requires("decisions:read")]

    @extend_schema(summary="Why it was shown: a decision's trace", responses={200: serializers.DictField()})
    def get(self, request: DrfRequest, decision_id: str) -> Response:
        try:
            key = uuid.UUID(decision_id)
        except ValueError as error:
            raise Http404("There is no decision with this id.") from error
        decision = Decision.objects.filter(pk=key).first()
        if decision is None:
            # It may still be on its way from Valkey.
            traces.drain()
            decision = Decision.objects.filter(pk=key).first()
        if decision is None:
            raise Http404("There is no decision with this id.")
        return Response(
            {
                "decision_id": str(decision.pk),
                "at": decision.at.isoformat(),
                "placement": decision.placement,
                "model_version": decision.model_version,
                "outcome": decision.outcome,
                **decision.trace,
            }
        )
