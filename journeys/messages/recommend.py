"""The live recommendations of a message: the ordinary pipeline, with its decision kept as for any other answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from recommendations import traces
from recommendations.answers import Lookup
from recommendations.contracts import Identity, Request
from recommendations.pipeline import recommend
from recommendations.serving.tenant_state import snapshot_of
from tenants import epochs, redis
from tenants.scope import Scope

from ..engine.people import Named
from .items import ids_in, price_label, rows_of, url_of

CHANNELS = {"email": "email", "sms": "sms", "push": "push", "web": "web", "webhook": "server"}


class Recommending:
    """Answers a message's recommendation blocks for one shopper. `decisions`: the ids of what was decided.

    What the message's event was about and what lies in the `cart` is not recommended: the shopper has it.
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
        cart: Sequence[str] = (),
        keep: bool = True,
    ) -> None:
        self._scope = scope
        self._identity = Identity(shopper.kind, shopper.value, shopper.blind) if shopper else None
        self._channel = CHANNELS.get(channel, "email")
        self._base = base
        self._seeds = ids_in(event or {})
        self._hidden = tuple(item for item in cart if item)
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
            hidden_item_ids=self._hidden,
            distinct_titles=True,
        )
        answer = recommend(request, snapshot)
        if self._keep:
            unnamed = Lookup("", None, b"", self._identity, True)
            traces.keep(self._scope, unnamed, answer, b"", cacheable=False)
            self.decisions.append(uuid.UUID(answer.decision_id))
        return self._items(answer.body["items"])

    def _items(self, chosen: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        # Filled up with what sells, an answer can still name a title twice.
        first: dict[str, dict[str, Any]] = {}
        for item in chosen:
            first.setdefault(str(item["title"]).strip().lower(), item)
        chosen = list(first.values())
        rows = rows_of(self._scope.schema, [item["item_id"] for item in chosen])
        return [
            {
                **item,
                "position": position,
                "url": url_of(rows.get(item["item_id"]), self._base, item["item_id"]),
                "price_label": price_label(item["price"], item["currency"] or self._scope.currency),
            }
            for position, item in enumerate(chosen, 1)
        ]


def _epoch(schema: str) -> str | None:
    try:
        value: Any = redis.run(lambda client: client.get(epochs.valkey_key(schema)))
    except redis.Unavailable:
        return None
    return (value or b"0").decode()
