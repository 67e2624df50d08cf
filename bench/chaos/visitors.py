"""Shoppers who enter by the real door: events over HTTP, repeated under their messageIds until they are acknowledged."""

from __future__ import annotations

import threading
import time

import httpx

BATCH = 20


class Visitors(threading.Thread):
    """Posts one event for each of `count` shoppers over `spread` seconds, whatever is killed meanwhile.

    `acknowledged`: how many were answered with 200. Each of them must enter the journey, and once.
    """

    def __init__(self, url: str, token: str, count: int, spread: float) -> None:
        super().__init__(name="visitors", daemon=True)
        self._url, self._token, self._count, self._spread = url, token, count, spread
        self.acknowledged = self.repeated = 0

    def run(self) -> None:
        begun = time.monotonic()
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(base_url=self._url, headers=headers, timeout=10, trust_env=False) as client:
            for first in range(0, self._count, BATCH):
                time.sleep(max(0.0, begun + self._spread * first / self._count - time.monotonic()))
                batch = [_event(n) for n in range(first, min(first + BATCH, self._count))]
                while not _taken(client, batch):
                    self.repeated += 1
                    time.sleep(0.2)
                self.acknowledged += len(batch)


def _event(number: int) -> dict[str, str]:
    name = f"visitor-{number}"
    return {"type": "track", "event": "Product Added", "userId": name, "messageId": f"chaos-{name}"}


def _taken(client: httpx.Client, batch: list[dict[str, str]]) -> bool:
    try:
        answer = client.post("/v1/batch", json={"batch": batch})
    except httpx.HTTPError:
        return False
    return answer.status_code == 200
