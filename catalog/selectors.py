"""Reading the catalogue, in bulk and for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

import numpy as np
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db import connection
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from tenants.due import LONGEST_TRANSACTION

from .models import Item

PATH_SEPARATOR = " > "


class CatalogueColumns(TypedDict):
    """The catalogue as columns of one length, `pk` ascending; text as lists, everything else as arrays.

    `category_code` and `brand_code` index `category_names` and `brand_names`. `price`: NaN when not known. Times are
    unix seconds; `starts_at` -inf and `ends_at` +inf when open.
    """

    pk: NDArray[np.int64]
    external_id: list[str]
    title: list[str]
    category: list[str]
    category_code: NDArray[np.int32]
    category_names: list[str]
    brand: list[str]
    brand_code: NDArray[np.int32]
    brand_names: list[str]
    price: NDArray[np.float64]
    available: NDArray[np.bool_]
    banned: NDArray[np.bool_]
    age_min: NDArray[np.int16]
    status: NDArray[np.str_]
    kind: NDArray[np.str_]
    starts_at: NDArray[np.float64]
    ends_at: NDArray[np.float64]
    created_at: NDArray[np.float64]
    updated_at: NDArray[np.float64]


def catalogue_columns(schema: str) -> CatalogueColumns:
    """Every item of the tenant, disabled and unlisted ones too."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT id, external_id, title, category, brand, coalesce(price::float8, 'NaN'), available, banned,
                age_min, status, kind, coalesce(extract(epoch FROM starts_at)::float8, '-infinity'),
                coalesce(extract(epoch FROM ends_at)::float8, 'infinity'),
                extract(epoch FROM created_at)::float8, extract(epoch FROM updated_at)::float8
                FROM "{schema}".catalog_item ORDER BY id"""
        )
        rows = cursor.fetchall()
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * 15
    category_code, category_names = _coded(columns[3])
    brand_code, brand_names = _coded(columns[4])
    return {
        "pk": np.array(columns[0], np.int64),
        "external_id": list(columns[1]),
        "title": list(columns[2]),
        "category": list(columns[3]),
        "category_code": category_code,
        "category_names": category_names,
        "brand": list(columns[4]),
        "brand_code": brand_code,
        "brand_names": brand_names,
        "price": np.array(columns[5], np.float64),
        "available": np.array(columns[6], bool),
        "banned": np.array(columns[7], bool),
        "age_min": np.array(columns[8], np.int16),
        "status": np.array(columns[9], "<U8"),
        "kind": np.array(columns[10], "<U8"),
        "starts_at": np.array(columns[11], np.float64),
        "ends_at": np.array(columns[12], np.float64),
        "created_at": np.array(columns[13], np.float64),
        "updated_at": np.array(columns[14], np.float64),
    }


def _coded(names: Sequence[str]) -> tuple[NDArray[np.int32], list[str]]:
    index: dict[str, int] = {}
    codes = np.fromiter((index.setdefault(name, len(index)) for name in names), np.int32, len(names))
    return codes, list(index)


def items_by_external_ids(external_ids: Iterable[str]) -> dict[str, Item]:
    """Items by their item id, whatever their status; unknown ids are left out."""
    return {item.external_id: item for item in Item.objects.filter(external_id__in=list(external_ids))}


def pks_of(external_ids: Iterable[str]) -> dict[str, int]:
    """item id → pk; unknown ids are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id, id FROM catalog_item WHERE external_id = ANY(%s)", [list(external_ids)]
        )
        return dict(cursor.fetchall())


def external_ids_of(pks: Iterable[int]) -> dict[int, str]:
    """pk → item id; unknown keys are left out."""
    return dict(Item.objects.filter(pk__in=list(pks)).values_list("pk", "external_id"))


def changed_since(schema: str, since: dt.datetime) -> list[tuple[int, str, dt.datetime]]:
    """(pk, status, updated_at) of items changed after `since`, oldest first.

    A transaction may commit after a later time stamp was seen, so a little that was seen before comes again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT id, status, updated_at FROM "{schema}".catalog_item
                WHERE updated_at > %s ORDER BY updated_at, id""",
            [since - LONGEST_TRANSACTION],
        )
        return cursor.fetchall()


def listed(status: str = Item.Status.ACTIVE) -> QuerySet[Item]:
    return Item.objects.filter(status=status)


def under_category(path: str) -> Q:
    """Items of a category or of any below it."""
    return Q(category__iexact=path) | Q(category__istartswith=path + PATH_SEPARATOR)


def matching_text(query: str) -> Q:
    """Items whose title, brand or category has all the words, or whose id is the text."""
    vector = SearchVector("title", "brand", "category", config="english")
    found = Item.objects.annotate(words=vector).filter(
        words=SearchQuery(query, config="english", search_type="websearch")
    )
    return Q(pk__in=found.values("pk")) | Q(external_id=query)


def search(query: str, limit: int = 20) -> list[Item]:
    """Items on offer for what somebody typed; a word in the title counts most, then brand, then category."""
    weighted = (
        SearchVector("title", config="english", weight="A")
        + SearchVector("brand", config="english", weight="B")
        + SearchVector("category", config="english", weight="C")
    )
    asked = SearchQuery(query, config="english", search_type="websearch")
    found = listed().filter(matching_text(query)).annotate(rank=SearchRank(weighted, asked))
    return list(found.order_by("-rank", "title", "pk")[:limit])


def item_cards(external_ids: Iterable[str]) -> list[dict[str, Any]]:
    """What a shop shows of these items, in the order asked for; unknown and unlisted ones are left out."""
    wanted = list(external_ids)
    found = items_by_external_ids(wanted)
    return [
        card(found[name]) for name in wanted if name in found and found[name].status != Item.Status.UNLISTED
    ]


def card(item: Item) -> dict[str, Any]:
    """`price` as a float for the shop window; `department` is the first step of the category."""
    return {
        "item_id": item.external_id,
        "title": item.title,
        "brand": item.brand,
        "category": item.category,
        "department": item.category.split(PATH_SEPARATOR)[0],
        "price": None if item.price is None else float(item.price),
        "currency": item.currency,
        "image": item.image,
        "url": item.url,
        "available": item.available and item.status == Item.Status.ACTIVE,
        "attributes": item.attributes,
    }
