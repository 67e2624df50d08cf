"""A tracking plan that holds for alpha."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from profiles.plan import services
from tenants.db import tenant_connection
from tenants.scope import Scope

ORDER = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string"},
        "revenue": {"type": "number", "minimum": 0},
        "coupon": {"type": "string", "enum": ["SPRING", "SUMMER"]},
        "products": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"product_id": {"type": "string"}, "price": {"type": "number"}},
            },
        },
    },
    "required": ["order_id"],
}


def planned(name: str = "Order Completed", type_: str = "track", **fields: Any) -> dict[str, Any]:
    return {"type": type_, "name": name, "schema": ORDER, **fields}


@pytest.fixture
def plan(scope: Scope) -> Callable[..., None]:
    """`plan(planned(), violations="strip")` makes it the tenant's plan."""

    def hold(*events: dict[str, Any], **settings: Any) -> None:
        with tenant_connection(scope.schema):
            services.save(scope, {**settings, "events": list(events)}, actor="test")
        from profiles.plan import current

        current.forget()

    return hold
