"""What a shop has to offer: products with variants, content and offers, and their content vectors."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Cast
from pgvector.django import HnswIndex, VectorField

VECTOR_DIMENSIONS = 64


class Item(models.Model):
    class Kind(models.TextChoices):
        PRODUCT = "product", "Product"
        CONTENT = "content", "Content"
        OFFER = "offer", "Offer"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        DISABLED = "disabled", "Disabled"
        # An event named it before the catalogue did: history is kept, nobody is shown it.
        UNLISTED = "unlisted", "Unlisted"

    external_id = models.CharField("item id", max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PRODUCT)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    brand = models.CharField(max_length=120, blank=True)
    category = models.CharField(
        max_length=300, blank=True, help_text="path, general to special: Women > Dresses"
    )
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    available = models.BooleanField(default=True)
    banned = models.BooleanField(default=False, help_text="never recommended, whatever a rule says")
    age_min = models.PositiveSmallIntegerField(default=0, help_text="youngest age it may be shown to")
    url = models.CharField(max_length=500, blank=True)
    image = models.CharField(max_length=500, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    # For offers and content: when they are valid.
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)
    # Of the fields that a content vector is made from, kept true by the database, whoever writes the row.
    content_digest = models.GeneratedField(
        expression=models.Func(
            "title",
            "brand",
            "category",
            "description",
            Cast("attributes", models.TextField()),
            template="decode(md5(%(expressions)s), 'hex')",
            arg_joiner=" || chr(31) || ",
        ),
        output_field=models.BinaryField(max_length=16),
        db_persist=True,
    )

    class Meta:
        ordering = ["external_id"]
        indexes = [
            models.Index(fields=["category"], name="item_category"),
            models.Index(fields=["brand"], name="item_brand"),
            GinIndex(SearchVector("title", "brand", "category", config="english"), name="item_search"),
        ]

    def __str__(self) -> str:
        return self.title or self.external_id


class Variant(models.Model):
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="variants")
    external_id = models.CharField("variant id", max_length=100)
    title = models.CharField(max_length=200, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    available = models.BooleanField(default=True)
    attributes = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "external_id"], name="variant_once_per_item")]

    def __str__(self) -> str:
        return self.title or self.external_id


class ItemVector(models.Model):
    """One content vector per item, unit length, made by the named embedder."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="vector")
    embedder = models.CharField(max_length=60)
    vector = VectorField(dimensions=VECTOR_DIMENSIONS)
    content_digest = models.BinaryField(
        max_length=16, default=bytes, help_text="the item's when it was embedded: another one means stale"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            HnswIndex(
                name="item_vector_hnsw",
                fields=["vector"],
                m=16,
                ef_construction=64,
                opclasses=["public.vector_ip_ops"],
            )
        ]

    def __str__(self) -> str:
        return f"vector of item {self.item_id}"


class ImportRun(models.Model):
    """A bulk change of the catalogue, with what became of each line."""

    source = models.CharField(max_length=40)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lines = models.PositiveIntegerField(default=0, help_text="read, blank ones not counted")
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0, help_text="merged into a later line for the same item")
    rejected = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list, help_text="the first rejected lines: line number, reason")

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M}"


class Promotion(models.Model):
    """A run of days on which an item is in the mailer or on display, past or planned; of one item they never overlap."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="promotions")
    first_day = models.DateField()
    last_day = models.DateField(help_text="the last day on which it holds")
    mailer = models.FloatField(default=0, help_text="share of stores that advertise it, 0 to 1")
    display = models.FloatField(
        default=0, help_text="share of stores that show it outside its usual shelf, 0 to 1"
    )

    class Meta:
        ordering = ["-first_day", "item_id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "first_day"], name="promotion_once"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="promotion_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.first_day} to {self.last_day}"
