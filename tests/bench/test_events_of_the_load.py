from __future__ import annotations

import itertools
import json

import pytest

from bench.load.events import MIX, EventMaker
from profiles.ingest import wire

SHOPPERS, ITEMS = ["1", "2", "3"], ["a", "b"]


def events(maker: EventMaker, batches: int, size: int) -> list[dict]:
    return [e for body in itertools.islice(maker.bodies(size), batches) for e in json.loads(body)["batch"]]


def test_every_event_is_one_that_the_door_takes():
    for event in events(EventMaker(SHOPPERS, ITEMS, newcomers=0.1), 5, 100):
        message = wire.Message(**{k: v for k, v in event.items() if k in wire.Message.__struct_fields__})
        wire.check(message)


def test_message_ids_never_repeat_even_between_equal_makers():
    ids = [e["messageId"] for _ in range(2) for e in events(EventMaker(SHOPPERS, ITEMS, seed=5), 4, 250)]
    assert len(set(ids)) == len(ids) == 2000


def test_the_mix_is_as_declared():
    found = events(EventMaker(SHOPPERS, ITEMS, newcomers=0.02), 40, 500)
    pages = sum(e["type"] == "page" for e in found) / len(found)
    orders = sum(e.get("event") == "Order Completed" for e in found) / len(found)
    newcomers = sum("anonymousId" in e for e in found) / len(found)
    assert pages == pytest.approx(dict(MIX)["page"] / 100, abs=0.02)
    assert orders == pytest.approx(dict(MIX)["ordered"] / 100, abs=0.01)
    assert newcomers == pytest.approx(0.02, abs=0.01)
