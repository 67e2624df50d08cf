"""The live recommendations of a message: the ordinary pipeline, with its decision kept as for any other answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.models import Item
from recommendations import traces
from recommendations.answers import Lookup
from recommendations.contracts import Identity, Request
from recommendations.pipeline import recommend
from recommendations.serving.tenant_state import snapshot_of
from tenants import epochs, redis
from tenants.db import tenant_connection
from tenants.scope import Scope

from ..engine.people import Named

CHANNELS = {"email": "email", "sms": "sms", "push": "push", "web": "web", "webhook": "server"}


class Recommending:
    """Answers a message's recommendation blocks for one shopper. `decisions`: the ids of what was decided.

    `keep`: whether decisions are kept; previews and simulations keep none.
    """

    def __init__(
        self,
        scope: Scope,
        shopper: Named | None,
        channel: str,
        base: str,
        *,
        event: Mapping[str, Any] | None = None,
        keep: bool = True,
    ) -> None:
        self._scope = scope
        self._identity = Identity(shopper.kind, shopper.value, shopper.blind) if shopper else None
        self._channel = CHANNELS.get(channel, "email")
        self._base = base
        self._seeds = seeds_of(event or {})
        self._keep = keep
        self.decisions: list[uuid.UUID] = []

    def __call__(self, placement: str, limit: int) -> Sequence[dict[str, Any]]:
        schema = self._scope.schema
        snapshot = snapshot_of(schema, _epoch(schema))
        if placement not in snapshot.placements:
            return []
        request = Request(
            scope=self._scope,
            identity=self._identity,
            trusted=True,
            placement=placement,
            limit=limit,
            channel=self._channel,
            seed_item_ids=self._seeds,
        )
        answer = recommend(request, snapshot)
        if self._keep:
            unnamed = Lookup("", None, b"", self._identity, True)
            traces.keep(self._scope, unnamed, answer, b"", cacheable=False)
            self.decisions.append(uuid.UUID(answer.decision_id))
        return self._items(answer.body["items"])

    def _items(self, chosen: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        with tenant_connection(self._scope.schema):
            urls = dict(
                Item.objects.filter(external_id__in=[item["item_id"] for item in chosen]).values_list(
                    "external_id", "url"
                )
            )
        return [
            {
                **item,
                "position": position,
                "url": urls.get(item["item_id"]) or f"{self._base}/shop/item/{item['item_id']}/",
            }
            for position, item in enumerate(chosen, 1)
        ]


def seeds_of(event: Mapping[str, Any]) -> tuple[str, ...]:
    """The items that the starting event was about: for “bought together” and the like."""
    properties = event.get("properties") or {}
    lines = properties.get("products")
    lines = lines if isinstance(lines, list) else [properties]
    found = [
        str(line[name])
        for line in lines
        if isinstance(line, dict)
        for name in ("product_id", "productId", "item_id", "sku")
        if isinstance(line.get(name), str | int) and line[name] != ""
    ]
    return tuple(dict.fromkeys(found))[:20]


def _epoch(schema: str) -> str | None:
    try:
        value: Any = redis.run(lambda client: client.get(epochs.valkey_key(schema)))
    except redis.Unavailable:
        return None
    return (value or b"0").decode()
