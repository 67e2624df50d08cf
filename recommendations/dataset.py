"""A tenant's facts as the columns that learning reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db import connection

from catalog.promotions import promotion_columns
from catalog.selectors import catalogue_columns
from catalog.vectors.search import vectors_matrix
from profiles.selectors import interactions_columns

from .learning.data import Catalogue, Interactions
from .learning.promotions import Promotions
from .state import serving_kinds


@dataclass(frozen=True)
class Dataset:
    """`profile_id[s]` is shopper s. `promotions`: None without a calendar. `excluded`: people left out because they did not consent to personalisation."""

    interactions: Interactions
    catalogue: Catalogue
    promotions: Promotions | None
    profile_id: np.ndarray
    excluded: int
    read: int

    @property
    def last_at(self) -> int:
        return int(self.interactions.at.max()) if len(self.interactions) else 0


def load_dataset(schema: str) -> Dataset:
    """Interactions of everyone who consents, and the catalogue with its content vectors."""
    catalogue = _catalogue(schema)
    columns = interactions_columns(schema)
    read = len(columns["profile_id"])
    refusers = _without_consent(schema)
    rows = catalogue.rows_of(columns["item_pk"])
    kinds = serving_kinds(columns["kind"])
    keep = (rows >= 0) & (kinds > 0) & ~np.isin(columns["profile_id"], refusers)
    profile_id, shopper = np.unique(columns["profile_id"][keep], return_inverse=True)
    interactions = Interactions(
        shopper.astype(np.int32),
        rows[keep].astype(np.int32),
        columns["at"][keep],
        kinds[keep],
        columns["quantity"][keep].astype(np.float32),
        columns["value"][keep].astype(np.float32),
        columns["order_key"][keep],
        columns["place"][keep].astype(np.int32),
    )
    return Dataset(interactions, catalogue, _promotions(schema, catalogue), profile_id, len(refusers), read)


def _catalogue(schema: str) -> Catalogue:
    columns = catalogue_columns(schema)
    product = columns["kind"] == "product"

    def products(values: list[str]) -> list[str]:
        return [value for value, keep in zip(values, product, strict=True) if keep]

    pk = columns["pk"][product]
    return Catalogue.build(
        item_pk=pk,
        external_id=products(columns["external_id"]),
        category_path=products(columns["category"]),
        brand=products(columns["brand"]),
        price=columns["price"][product],
        vectors=vectors_matrix(schema, pk),
    )


def _promotions(schema: str, catalogue: Catalogue) -> Promotions | None:
    columns = promotion_columns(schema)
    rows = catalogue.rows_of(columns.pop("item_pk"))
    if not len(rows):
        return None
    keep = rows >= 0
    return Promotions(item=rows[keep], **{name: column[keep] for name, column in columns.items()})


def _without_consent(schema: str) -> np.ndarray:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT id FROM "{schema}".profiles_profile WHERE NOT consent_personalisation')
        return np.array([row[0] for row in cursor.fetchall()], np.int64)
