"""The catalogue holds nothing of a person."""

from __future__ import annotations

from compliance.registry import impersonal

impersonal(
    "catalog.Item.*",
    "catalog.Variant.*",
    "catalog.ItemVector.*",
    "catalog.ImportRun.*",
    "catalog.Promotion.*",
    reason="products, their vectors, promotions, and the runs that brought them",
)
