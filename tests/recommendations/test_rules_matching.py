"""Which items a rule matches: in memory and, for previews, in the database, with one result."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from catalog.lines import ItemInput
from catalog.selectors import catalogue_columns
from catalog.services import upsert_items
from recommendations.rules.matching import matched
from recommendations.rules.selectors import matching_items
from tenants.models import Tenant
from tests.recommendations.rule_cast import SHOP, TinyCatalogue

CASES: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"item_ids": []}, ""),
    ({"item_ids": ["b", "nobody", "a"]}, "ab"),
    ({"categories": ["Women"]}, "abf"),
    ({"categories": ["women > coats", "Men > Shoes"]}, "be"),
    ({"brands": ["castorf"]}, "bd"),
    ({"price_min": 50}, "abd"),
    ({"price_max": 50}, "acf"),
    ({"price_min": 20, "price_max": 150}, "acd"),
    ({"categories": ["Women"], "price_max": 100}, "af"),
    ({"item_ids": ["a", "b", "c"], "brands": ["Dovelane"], "categories": ["Women"]}, "a"),
    ({"item_ids": ["nobody"], "brands": ["Dovelane"]}, ""),
]


@pytest.mark.parametrize(("match", "expected"), CASES)
def test_conditions_on_columns(match: dict[str, Any], expected: str) -> None:
    assert "".join(SHOP.rows[row][0] for row in np.flatnonzero(matched(SHOP, match))) == expected


@pytest.mark.parametrize(("match", "expected"), CASES)
def test_the_preview_finds_the_same(
    tenant: Tenant, inside: None, match: dict[str, Any], expected: str
) -> None:
    upsert_items(
        tenant.schema_name,
        [
            ItemInput(item_id=i, title=i, category=c, brand=b, price=None if p != p else Decimal(str(p)))
            for i, c, b, p in SHOP.rows
        ],
    )
    found = matching_items(match).order_by("external_id").values_list("external_id", flat=True)
    assert "".join(found) == expected
    columns = catalogue_columns(tenant.schema_name)
    in_memory = TinyCatalogue(
        list(
            zip(
                columns["external_id"],
                columns["category"],
                columns["brand"],
                columns["price"].tolist(),
                strict=True,
            )
        )
    )
    assert "".join(in_memory.rows[row][0] for row in np.flatnonzero(matched(in_memory, match))) == expected
