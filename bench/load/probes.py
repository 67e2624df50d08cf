"""How long until an answer tells of an event: probes that send one event and look again and again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .events import single
from .wire import BrokenAnswer, Incoming, Target, bearer, get, post, write_key

LOOK_EVERY_SECONDS = 0.02
GIVE_UP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds from when the event was due to be sent. `anew`: the first answer with another decision id, which only a
    new version of the shopper brings about; `changed`: the first whose items, or their scores, are others. Infinite
    when it never came."""

    event: str
    anew: float
    changed: float


@dataclass(frozen=True, slots=True)
class Prober:
    target: Target
    key: str

    def run(
        self, shoppers: Sequence[str], items: Sequence[str], *, rate: float, lead: float = 0.2
    ) -> list[Seen]:
        """One probe per shopper, from `lead` seconds on at a constant rate, whatever became of the others."""
        return asyncio.run(self._all(shoppers, items, rate, lead))

    async def _all(
        self, shoppers: Sequence[str], items: Sequence[str], rate: float, lead: float
    ) -> list[Seen]:
        started = time.perf_counter() + lead
        probes = [
            self._probe(shopper, items[n % len(items)], started + n / rate, buys=n % 2 == 0)
            for n, shopper in enumerate(shoppers)
        ]
        return await asyncio.gather(*probes)

    async def _probe(self, shopper: str, item: str, due: float, *, buys: bool) -> Seen:
        # The answer before is fetched ahead of time, so that it is in the cache and its making costs the probe nothing.
        await asyncio.sleep(max(0.0, due - time.perf_counter() - 0.15))
        reader, writer = await asyncio.open_connection(self.target.host, self.target.port)
        try:
            question = get(f"/api/v1/recommendations?user_id={shopper}&placement=home", bearer(self.key))
            before = await ask(reader, writer, question)
            name, event = self._event(shopper, item, before, buys=buys)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await ask(reader, writer, event)
            anew = float("inf")
            while time.perf_counter() - due < GIVE_UP_SECONDS:
                after = await ask(reader, writer, question)
                now = time.perf_counter() - due
                if after["decision_id"] != before["decision_id"]:
                    anew = min(anew, now)
                    if _shown(after) != _shown(before):
                        return Seen(name, anew, now)
                await asyncio.sleep(LOOK_EVERY_SECONDS)
            return Seen(name, anew, float("inf"))
        finally:
            writer.close()

    def _event(self, shopper: str, item: str, before: dict[str, Any], *, buys: bool) -> tuple[str, bytes]:
        """By turns: the first recommended item is bought; some item is viewed."""
        if buys and before["items"]:
            item = before["items"][0]["item_id"]
        if buys:
            name = "Order Completed"
            properties = f'{{"order_id":"probe-{time.time_ns()}","products":[{{"product_id":"{item}","price":2.5,"quantity":1}}]}}'
        else:
            name, properties = "Product Viewed", f'{{"product_id":"{item}"}}'
        return name, post("/v1/track", single(name, shopper, properties), write_key(self.key))


def _shown(answer: dict[str, Any]) -> list[tuple[str, float]]:
    return [(item["item_id"], item["score"]) for item in answer["items"]]


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> dict[str, Any]:
    """The JSON that an answer with 200 holds; raises BrokenAnswer for any other."""
    writer.write(request)
    incoming = Incoming()
    answer = None
    while answer is None:
        data = await reader.read(1 << 16)
        if not data:
            raise BrokenAnswer("the server closed the connection")
        answer = incoming.feed(data)
    if answer.status != 200:
        raise BrokenAnswer(f"{answer.status}: {answer.body[:200]!r}")
    said: dict[str, Any] = json.loads(answer.body)
    return said
