"""Items of the catalogue, one and many."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from tenants import audit
from tenants.api import parse_json, requires, scope_of
from tenants.problems import Problem
from tenants.views import ApiView

from .. import selectors
from ..lines import MAX_LINE_BYTES, BadItem, item_of
from ..models import Item
from ..services import disable_item, upsert_items
from ..services.imports import request_vectors
from ..vectors.search import nearest
from .bulk import describe_bulk, import_body
from .documents import ItemDocument, ItemPage, SimilarDocument, item_document
from .paging import cursor_after, limit_of, pk_of_cursor

READ = requires("catalog:read")
WRITE = requires("catalog:write")


class CatalogueView(ApiView):
    """Reading needs catalog:read, changing catalog:write."""

    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method in SAFE_METHODS else WRITE()]


class ItemsView(CatalogueView):
    @extend_schema(
        operation_id="catalog_items_list",
        summary="List items",
        parameters=[
            OpenApiParameter("search", str, description="words in title, brand or category, or an item id"),
            OpenApiParameter("category", str, description="a path; everything below it is listed too"),
            OpenApiParameter("status", str, enum=["active", "disabled"], description="default: active"),
            OpenApiParameter("limit", int, description="1 to 500, default 50"),
            OpenApiParameter("cursor", str, description="next_cursor of the page before"),
        ],
        responses={200: ItemPage},
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        limit = limit_of(asked.get("limit"), default=50, most=500)
        status = asked.get("status", "active")
        if status not in ("active", "disabled"):
            raise Problem(400, "invalid_status", "status: must be active or disabled.")
        items = selectors.listed(status).filter(pk__gt=pk_of_cursor(asked.get("cursor")))
        # Postgres takes no NUL in text.
        if search := asked.get("search", "").replace("\x00", "").strip():
            items = items.filter(selectors.matching_text(search[:200]))
        if category := asked.get("category", "").replace("\x00", "").strip():
            items = items.filter(selectors.under_category(category[:300]))
        page = list(items.order_by("pk")[: limit + 1])
        more = len(page) > limit
        return Response(
            {
                "items": [item_document(item, variants=False) for item in page[:limit]],
                "next_cursor": cursor_after(page[limit - 1].pk) if more else None,
            }
        )

    @describe_bulk
    def post(self, request: Request) -> Response:
        return import_body(request._request)


class ItemView(CatalogueView):
    @extend_schema(operation_id="catalog_item", summary="Read an item", responses={200: ItemDocument})
    def get(self, request: Request, item_id: str) -> Response:
        return Response(item_document(known_item(item_id)))

    @extend_schema(
        operation_id="catalog_item_put",
        summary="Create or replace an item",
        description="A field that is left out takes its default.",
        request=ItemDocument,
        responses={200: ItemDocument, 201: ItemDocument},
    )
    def put(self, request: Request, item_id: str) -> Response:
        return self._write(request, item_id, replace=True)

    @extend_schema(
        operation_id="catalog_item_patch",
        summary="Change some fields of an item",
        request=ItemDocument,
        responses={200: ItemDocument},
    )
    def patch(self, request: Request, item_id: str) -> Response:
        known_item(item_id)
        return self._write(request, item_id, replace=False)

    @extend_schema(
        operation_id="catalog_item_disable",
        summary="Take an item off offer",
        description="It is disabled, not lost: history and decisions keep referring to it.",
        responses={204: None},
    )
    def delete(self, request: Request, item_id: str) -> Response:
        scope = scope_of(request._request)
        known_item(item_id)
        if disable_item(scope.schema, item_id, actor=scope.actor) is None:
            raise unknown(item_id)
        return Response(status=204)

    def _write(self, request: Request, item_id: str, *, replace: bool) -> Response:
        scope = scope_of(request._request)
        body = request._request.read(MAX_LINE_BYTES + 1)
        if len(body) > MAX_LINE_BYTES:
            raise Problem(413, "body_too_large", f"An item has at most {MAX_LINE_BYTES:,} bytes.")
        document = parse_json(body)
        if not isinstance(document, dict):
            raise Problem(400, "invalid_item", "The body must be a JSON object.")
        if str(document.setdefault("item_id", item_id)) != item_id:
            raise Problem(400, "invalid_item", "item_id: differs from the one in the address.")
        try:
            item = item_of(document)
        except BadItem as error:
            raise Problem(400, error.code, error.message) from error
        with transaction.atomic():
            report = upsert_items(scope.schema, [item], currency=scope.currency, replace=replace)
            if report.errors:
                raise Problem(400, report.errors[0].code, report.errors[0].message)
            if report.created or report.changed:
                action = "item created" if report.created else "item changed"
                audit.record(action, f"item:{item_id}", scope.actor, fields=sorted(document))
        if report.created or report.changed:
            request_vectors(scope.schema)
        return Response(item_document(known_item(item_id)), status=201 if report.created else 200)


class SimilarView(ApiView):
    permission_classes = [READ]

    @extend_schema(
        operation_id="catalog_item_similar",
        summary="Items with like content",
        description="By content vectors alone; empty while the item is so new that it has none.",
        parameters=[OpenApiParameter("limit", int, description="1 to 100, default 20")],
        responses={200: SimilarDocument},
    )
    def get(self, request: Request, item_id: str) -> Response:
        limit = limit_of(request.query_params.get("limit"), default=20, most=100)
        item = known_item(item_id)
        near = nearest(scope_of(request._request).schema, item.pk, limit)
        found = Item.objects.in_bulk([pk for pk, _ in near])
        items: list[dict[str, Any]] = [
            {"item_id": found[pk].external_id, "title": found[pk].title, "score": round(cosine, 4)}
            for pk, cosine in near
            if pk in found
        ]
        return Response({"item_id": item_id, "items": items})


def known_item(item_id: str) -> Item:
    item = (
        Item.objects.filter(external_id=item_id).exclude(status=Item.Status.UNLISTED).first()
        if "\x00" not in item_id
        else None
    )
    if item is None:
        raise unknown(item_id)
    return item


def unknown(item_id: str) -> Problem:
    return Problem(404, "unknown_item", f"The catalogue has no item “{item_id[:100]}”.")
