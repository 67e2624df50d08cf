"""The shop's own server, as the lab plays it: it asks for recommendations and reports what happened, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

PATIENCE_SECONDS = 30
# Answers of a server that is busy are asked for again so often.
TRIES = 10


class Unexpected(Exception):
    """The API answered what no storefront could work with; the message says what."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer: item ids in order, the variant of each experiment, the decision's id."""

    items: tuple[str, ...]
    arms: dict[str, str]
    decision: str


class Storefront:
    """`key`: a secret API key of the tenant. Safe to use from several threads."""

    def __init__(self, url: str, key: str) -> None:
        transport = httpx.HTTPTransport(retries=2)
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=PATIENCE_SECONDS,
            transport=transport,
        )

    def check(self) -> None:
        """Raises `Unexpected` when nobody answers there: before anything is started."""
        self._answer("GET", "/health")

    def recommendations(self, user_id: str, placement: str, preview: str = "") -> Shown:
        """What a shopper is shown; with `preview` (EXPERIMENT:VARIANT) what that variant would show, uncounted."""
        query = {"user_id": user_id, "placement": placement, **({"preview": preview} if preview else {})}
        body = self._answer("GET", "/api/v1/recommendations", params=query)
        items = tuple(item["item_id"] for item in body["items"])
        return Shown(items, body.get("experiments", {}), body["decision_id"])

    def report(self, events: Sequence[dict[str, Any]]) -> None:
        if events:
            self._answer("POST", "/v1/batch", json={"batch": list(events)})

    def close(self) -> None:
        self._client.close()

    def _answer(self, method: str, path: str, **request: Any) -> Any:
        for _ in range(TRIES):
            try:
                response = self._client.request(method, path, **request)
            except httpx.HTTPError as error:
                raise Unexpected(f"{self._client.base_url} does not answer: {error}.") from error
            if response.status_code not in (429, 503):
                break
            time.sleep(min(float(response.headers.get("Retry-After", "1")), PATIENCE_SECONDS))
        if response.status_code != 200:
            raise Unexpected(f"{method} {path} answered {response.status_code}: {response.text[:300]}")
        return response.json()
