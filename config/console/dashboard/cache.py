"""Figures are computed once a minute per tenant; without Valkey they are computed for each reader."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import orjson

from tenants import redis
from tenants.models import Tenant

SECONDS = 60
Figures = dict[str, Any]


def remembered(tenant: Tenant, name: str, compute: Callable[[Tenant], Figures]) -> Figures:
    """`compute(tenant)` as JSON holds it: keys are strings, tuples become lists, times are texts."""
    key = f"{tenant.schema_name}:console:{name}"
    try:
        stored = redis.run(lambda client: client.get(key))
        if stored:
            return orjson.loads(stored)
    except redis.Unavailable:
        return orjson.loads(orjson.dumps(compute(tenant)))
    fresh = orjson.dumps(compute(tenant))
    # When it can't be kept, the next reader computes it again.
    with contextlib.suppress(redis.Unavailable):
        redis.run(lambda client: client.set(key, fresh, ex=SECONDS))
    return orjson.loads(fresh)
