"""Tracking events as a shop sends them, as ready bytes: made before the clock runs."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Kinds of events and how often they come.
MIX = (("viewed", 60), ("page", 25), ("added", 10), ("ordered", 5))
_CONTEXT = (
    '"context":{"library":{"name":"bench","version":"1"},"page":{"path":"/p/%s","url":"https://shop.example/p/%s",'
    '"title":"Product %s"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) '
    'Chrome/126.0 Safari/537.36","locale":"en-US"}'
)


@dataclass(slots=True)
class EventMaker:
    """An endless mix of events of `shoppers` about `items`; equal seeds make equal events but for their messageIds.

    `newcomers`: the share of events that come from people who were never seen before.
    """

    shoppers: Sequence[str]
    items: Sequence[str]
    seed: int = 1
    newcomers: float = 0.0

    def events(self) -> Iterator[str]:
        rng = random.Random(self.seed)
        kinds, weights = [kind for kind, _ in MIX], [weight for _, weight in MIX]
        prefix = uuid.uuid4().hex[:12]
        number = 0
        while True:
            for kind in rng.choices(kinds, weights, k=1000):
                number += 1
                yield self._event(kind, f"{prefix}-{number}", rng)

    def bodies(self, size: int) -> Iterator[bytes]:
        """Bodies for /v1/batch with `size` events each."""
        events = self.events()
        while True:
            yield ('{"batch":[' + ",".join(next(events) for _ in range(size)) + "]}").encode()

    def _event(self, kind: str, message_id: str, rng: random.Random) -> str:
        item = rng.choice(self.items)
        if rng.random() < self.newcomers:
            who = f'"anonymousId":"new-{message_id}"'
        else:
            who = f'"userId":"{rng.choice(self.shoppers)}"'
        head = f'"messageId":"{message_id}","timestamp":"{_now()}",{who},' + _CONTEXT % (item, item, item)
        price = rng.randrange(99, 2999) / 100
        if kind == "page":
            return f'{{"type":"page","name":"Product",{head},"properties":{{"category":"shop"}}}}'
        if kind == "ordered":
            lines = ",".join(
                f'{{"product_id":"{rng.choice(self.items)}","price":{price},"quantity":{rng.randrange(1, 4)}}}'
                for _ in range(3)
            )
            return (
                f'{{"type":"track","event":"Order Completed",{head},'
                f'"properties":{{"order_id":"o-{message_id}","products":[{lines}]}}}}'
            )
        name = "Product Viewed" if kind == "viewed" else "Product Added"
        return (
            f'{{"type":"track","event":"{name}",{head},"properties":{{"product_id":"{item}","name":"Product {item}",'
            f'"price":{price},"currency":"USD","quantity":1}}}}'
        )


def single(event: str, user_id: str, properties: str) -> bytes:
    """One event for /v1/track, with `properties` as JSON."""
    return (
        f'{{"event":"{event}","messageId":"{uuid.uuid4().hex}","timestamp":"{_now()}","userId":"{user_id}",'
        f'"properties":{properties}}}'
    ).encode()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
