"""How long until a profile tells of an event: in a feature, and in its membership of a segment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .events import single
from .probes import GIVE_UP_SECONDS, ask
from .wire import Target, bearer, get, post, write_key

# A profile is read whole, two queries a look: looking more often would be a load of its own, which grows with what it measures.
LOOK_EVERY_SECONDS = 0.1
FEATURE = "product_views_7d"


@dataclass(frozen=True, slots=True)
class Told:
    """Seconds from when the event was due to be sent; infinite when it never came."""

    feature: float
    segment: float


@dataclass(frozen=True, slots=True)
class ProfileProber:
    """Each probe views `item`, which brings its shopper into `segment`."""

    target: Target
    key: str
    item: str
    segment: str

    def run(self, shoppers: Sequence[str], *, rate: float, lead: float = 0.2) -> list[Told]:
        """One probe per shopper, none of whom has viewed the item, from `lead` seconds on at a constant rate."""
        return asyncio.run(self._all(shoppers, rate, lead))

    async def _all(self, shoppers: Sequence[str], rate: float, lead: float) -> list[Told]:
        started = time.perf_counter() + lead
        return await asyncio.gather(
            *(self._probe(shopper, started + n / rate) for n, shopper in enumerate(shoppers))
        )

    async def _probe(self, shopper: str, due: float) -> Told:
        await asyncio.sleep(max(0.0, due - time.perf_counter() - 0.15))
        reader, writer = await asyncio.open_connection(self.target.host, self.target.port)
        try:
            question = get(f"/api/v1/profiles/{shopper}", bearer(self.key))
            before = _feature(await ask(reader, writer, question))
            event = single("Product Viewed", shopper, f'{{"product_id":"{self.item}"}}')
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await ask(reader, writer, post("/v1/track", event, write_key(self.key)))
            feature = segment = float("inf")
            while time.perf_counter() - due < GIVE_UP_SECONDS:
                after = await ask(reader, writer, question)
                now = time.perf_counter() - due
                if _feature(after) != before:
                    feature = min(feature, now)
                if any(one["segment"] == self.segment for one in after["segments"]):
                    segment = min(segment, now)
                if max(feature, segment) < float("inf"):
                    break
                await asyncio.sleep(LOOK_EVERY_SECONDS)
            return Told(feature, segment)
        finally:
            writer.close()


def _feature(profile: dict[str, Any]) -> Any:
    groups = profile["features"].values()
    return next((group[FEATURE] for group in groups if isinstance(group, dict) and FEATURE in group), None)
