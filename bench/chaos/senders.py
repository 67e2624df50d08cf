"""Shops' servers that send as Segment's SDKs do: in batches, one after the other, the same again until it is taken."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx

THREADS = 8
BATCH = 25
# As an impatient SDK.
TIMEOUT_SECONDS = 5.0


class Senders:
    """`rate` events a second of `shoppers`, each of whom belongs to one thread, until the block is left.

    The n-th event of a shopper has the quantity n and the messageId "name-n". `acknowledged`: answered with 200.
    """

    def __init__(self, url: str, key: str, shoppers: int, rate: int) -> None:
        self._url, self._key = url, key
        self._pause = BATCH * THREADS / rate
        self._counts = [dict.fromkeys(range(first, shoppers, THREADS), 0) for first in range(THREADS)]
        self._acknowledged = [0] * THREADS
        self._repeated = [0] * THREADS
        self._enough = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), name=f"sender-{number}", daemon=True)
            for number in range(THREADS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What is under way is sent until it is taken."""
        self._enough.set()
        for thread in self._threads:
            thread.join(180)
            if thread.is_alive():
                raise TimeoutError("a batch is not taken")

    @property
    def acknowledged(self) -> int:
        return sum(self._acknowledged)

    @property
    def repeated(self) -> int:
        return sum(self._repeated)

    def sent(self) -> dict[str, int]:
        """Shopper → how many events, all of them acknowledged."""
        return {_name(number): count for counts in self._counts for number, count in counts.items()}

    def _run(self, number: int) -> None:
        due = time.monotonic()
        events = self._events(number)
        with httpx.Client(
            base_url=self._url, auth=(self._key, ""), timeout=TIMEOUT_SECONDS, trust_env=False
        ) as client:
            while not self._enough.is_set():
                body = json.dumps({"batch": [next(events) for _ in range(BATCH)]}).encode()
                while not _taken(client, body):
                    self._repeated[number] += 1
                    time.sleep(0.1)
                self._acknowledged[number] += BATCH
                due = max(due + self._pause, time.monotonic() - 1)  # after an outage no flood
                time.sleep(max(0.0, due - time.monotonic()))

    def _events(self, number: int) -> Iterator[dict[str, Any]]:
        counts = self._counts[number]
        while True:
            for shopper in counts:
                # Several of one shopper in a batch: their order within it counts too.
                for _ in range(3):
                    counts[shopper] += 1
                    yield event_of(_name(shopper), counts[shopper])


def _name(number: int) -> str:
    return f"shopper-{number}"


def event_of(shopper: str, number: int) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": shopper,
        "messageId": f"{shopper}-{number}",
        "properties": {"product_id": f"item-{number % 50}", "quantity": number},
    }


def _taken(client: httpx.Client, body: bytes) -> bool:
    try:
        answer = client.post("/v1/batch", content=body, headers={"Content-Type": "application/json"})
    except httpx.HTTPError:
        return False
    return answer.status_code == 200
