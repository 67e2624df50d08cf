"""The catalogue's documents as the API describes and writes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ..models import Item


class VariantDocument(serializers.Serializer):
    variant_id = serializers.CharField(max_length=100)
    title = serializers.CharField(required=False, allow_blank=True)
    price = serializers.DecimalField(max_digits=12, decimal_places=2, required=False, allow_null=True)
    available = serializers.BooleanField(required=False, default=True)
    attributes = serializers.DictField(required=False)


class ItemDocument(serializers.Serializer):
    """Describes an item for the OpenAPI document; requests are decoded by `catalog.lines`."""

    item_id = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(Item.Kind.choices, required=False)
    status = serializers.ChoiceField(["active", "disabled"], required=False)
    title = serializers.CharField(max_length=300, help_text="needed when the item is new")
    description = serializers.CharField(required=False, allow_null=True)
    brand = serializers.CharField(required=False, allow_null=True)
    category = serializers.CharField(required=False, help_text='"Women > Dresses" or ["Women", "Dresses"]')
    price = serializers.DecimalField(max_digits=12, decimal_places=2, required=False, allow_null=True)
    currency = serializers.CharField(required=False, help_text="ISO 4217; the tenant's own when left out")
    available = serializers.BooleanField(required=False)
    banned = serializers.BooleanField(required=False)
    age_min = serializers.IntegerField(required=False, min_value=0, max_value=120)
    url = serializers.CharField(required=False, allow_null=True)
    image = serializers.CharField(required=False, allow_null=True)
    attributes = serializers.DictField(required=False, help_text="text, numbers, yes/no, or lists of these")
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    variants = VariantDocument(many=True, required=False)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class ItemPage(serializers.Serializer):
    items = ItemDocument(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class LineErrorDocument(serializers.Serializer):
    line = serializers.IntegerField()
    item_id = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    message = serializers.CharField()


class ImportDocument(serializers.Serializer):
    import_id = serializers.IntegerField()
    lines = serializers.IntegerField()
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    repeated = serializers.IntegerField()
    rejected = serializers.IntegerField()
    errors = LineErrorDocument(many=True, help_text="the first 1,000")  # type: ignore[assignment]  # a field here


class SimilarItem(serializers.Serializer):
    item_id = serializers.CharField()
    title = serializers.CharField()
    score = serializers.FloatField(help_text="cosine of the content vectors")


class SimilarDocument(serializers.Serializer):
    item_id = serializers.CharField()
    items = SimilarItem(many=True)


def item_document(item: Item, *, variants: bool = True) -> dict[str, Any]:
    """An item as JSON; money as text with two decimals."""
    document: dict[str, Any] = {
        "item_id": item.external_id,
        "kind": item.kind,
        "status": item.status,
        "title": item.title,
        "description": item.description,
        "brand": item.brand,
        "category": item.category,
        "price": None if item.price is None else f"{item.price:.2f}",
        "currency": item.currency,
        "available": item.available,
        "banned": item.banned,
        "age_min": item.age_min,
        "url": item.url,
        "image": item.image,
        "attributes": item.attributes,
        "starts_at": item.starts_at,
        "ends_at": item.ends_at,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }
    if variants:
        document["variants"] = [
            {
                "variant_id": variant.external_id,
                "title": variant.title,
                "price": None if variant.price is None else f"{variant.price:.2f}",
                "available": variant.available,
                "attributes": variant.attributes,
            }
            for variant in item.variants.order_by("pk")
        ]
    return document
