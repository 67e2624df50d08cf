"""Merchandising rules over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api import requires, scope_of
from tenants.problems import Problem
from tenants.views import ApiView

from ..models import Placement, Rule
from .forms import BadRule, RuleForm, form_of, match_of
from .selectors import matching_items, rules
from .services import change_rule, create_rule, delete_rule, summary

READ = requires("rules:read")
WRITE = requires("rules:write")
SAMPLE = 10
MOST_RULES = 1000


class MatchDocument(serializers.Serializer):
    item_ids = serializers.ListField(child=serializers.CharField(), required=False)
    categories = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="a path matches everything below it too"
    )
    brands = serializers.ListField(child=serializers.CharField(), required=False)
    price_min = serializers.FloatField(required=False)
    price_max = serializers.FloatField(required=False)


class RuleDocument(serializers.Serializer):
    """Describes a rule for the OpenAPI document; requests are checked by `forms`."""

    rule_id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=120)
    action = serializers.ChoiceField(Rule.Action.choices)
    match = MatchDocument(help_text="at least one condition; all given ones must hold")
    position = serializers.IntegerField(required=False, help_text="of a pin's first item; 1 is the first")
    weight = serializers.FloatField(
        required=False, help_text="boost multiplies the score by it, bury divides"
    )
    placement = serializers.CharField(required=False, allow_null=True, help_text="its key; null: everywhere")
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    enabled = serializers.BooleanField(required=False)
    matched = serializers.IntegerField(read_only=True, help_text="items on offer that it matches now")
    updated_at = serializers.DateTimeField(read_only=True)


class RuleList(serializers.Serializer):
    rules = RuleDocument(many=True)


class PreviewRequest(serializers.Serializer):
    match = MatchDocument()


class PreviewItem(serializers.Serializer):
    item_id = serializers.CharField()
    title = serializers.CharField()


class Preview(serializers.Serializer):
    matched = serializers.IntegerField()
    sample = PreviewItem(many=True)


class RulesApi(ApiView):
    """Reading needs rules:read, changing rules:write."""

    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method in SAFE_METHODS else WRITE()]

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, BadRule):
            exc = Problem(400, exc.code, str(exc), field=exc.field)
        return super().handle_exception(exc)


class RulesView(RulesApi):
    @extend_schema(
        operation_id="rules_list",
        summary="List rules",
        parameters=[OpenApiParameter("placement", str, description="only those in force there")],
        responses={200: RuleList},
    )
    def get(self, request: Request) -> Response:
        found = rules()
        key = request.query_params.get("placement")
        if key is not None:
            placement = Placement.objects.filter(key=key.replace("\x00", "")).first()
            if placement is None:
                raise BadRule("placement", f"there is no placement “{key[:40]}”.", "unknown_placement")
            found = found.filter(placement=placement) | found.filter(placement=None)
        return Response({"rules": [document(rule) for rule in found[:MOST_RULES]]})

    @extend_schema(
        operation_id="rules_create",
        summary="Make a rule",
        request=RuleDocument,
        responses={201: RuleDocument},
    )
    def post(self, request: Request) -> Response:
        scope = scope_of(request._request)
        if Rule.objects.count() >= MOST_RULES:
            raise Problem(409, "too_many_rules", f"There are {MOST_RULES} rules already; delete some first.")
        rule = create_rule(scope.schema, form_of(body_of(request)), actor=scope.actor)
        return Response(document(rule, count=True), status=201)


class RuleView(RulesApi):
    @extend_schema(operation_id="rules_read", summary="Read a rule", responses={200: RuleDocument})
    def get(self, request: Request, rule_id: int) -> Response:
        return Response(document(known_rule(rule_id), count=True))

    @extend_schema(
        operation_id="rules_put",
        summary="Replace a rule",
        request=RuleDocument,
        responses={200: RuleDocument},
    )
    def put(self, request: Request, rule_id: int) -> Response:
        return self._change(request, known_rule(rule_id), form_of(body_of(request)))

    @extend_schema(
        operation_id="rules_patch",
        summary="Change some fields of a rule",
        request=RuleDocument,
        responses={200: RuleDocument},
    )
    def patch(self, request: Request, rule_id: int) -> Response:
        rule = known_rule(rule_id)
        return self._change(request, rule, form_of({**summary(rule), **body_of(request)}))

    @extend_schema(operation_id="rules_delete", summary="Delete a rule", responses={204: None})
    def delete(self, request: Request, rule_id: int) -> Response:
        scope = scope_of(request._request)
        delete_rule(scope.schema, known_rule(rule_id), actor=scope.actor)
        return Response(status=204)

    def _change(self, request: Request, rule: Rule, form: RuleForm) -> Response:
        scope = scope_of(request._request)
        return Response(document(change_rule(scope.schema, rule, form, actor=scope.actor), count=True))


class PreviewView(RulesApi):
    permission_classes = [READ]

    def get_permissions(self) -> list[BasePermission]:
        return [READ()]

    @extend_schema(
        operation_id="rules_preview",
        summary="See what conditions match, without making a rule",
        request=PreviewRequest,
        responses={200: Preview},
    )
    def post(self, request: Request) -> Response:
        items = matching_items(match_of(body_of(request).get("match")))
        sample = items.order_by("title", "pk").values_list("external_id", "title")[:SAMPLE]
        return Response(
            {
                "matched": items.count(),
                "sample": [{"item_id": item_id, "title": title} for item_id, title in sample],
            }
        )


def body_of(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise BadRule("", "The body must be a JSON object.")
    return dict(request.data)


def known_rule(rule_id: int) -> Rule:
    rule = rules().filter(pk=rule_id).first() if rule_id < 2**63 else None
    if rule is None:
        raise Problem(404, "unknown_rule", f"There is no rule {rule_id}.")
    return rule


def document(rule: Rule, *, count: bool = False) -> dict[str, Any]:
    result = {"rule_id": rule.pk, **summary(rule), "updated_at": rule.updated_at}
    return {**result, "matched": matching_items(rule.match).count()} if count else result
