"""Postgres killed under a running server, then a web worker, then all of the web: nothing acknowledged is lost or twice."""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from hashlib import blake2b
from uuid import UUID

import httpx
import psycopg
import pytest

from config.services.throwaway import throwaway_services

from .outage import Outage

SHOPPERS = 4


@pytest.fixture
def server(committed, secret_key, tmp_path):
    with throwaway_services() as services:
        outage = Outage(services.postgres, services.redis_url, tmp_path)
        outage.copy_database()
        outage.start_web()
        try:
            outage.until(lambda: outage.ready()["status"] == "ready")
            time.sleep(1.5)  # both workers are up and know the keys
            yield outage
        finally:
            outage.stop()


class Shopper(threading.Thread):
    """Sends numbered events, one after the other, each again with the same id until it is acknowledged."""

    def __init__(self, url: str, key: str, name: str) -> None:
        super().__init__()
        self._url, self._key, self.shopper = url, key, name
        self.acknowledged: list[UUID] = []
        self.statuses: dict[str, int] = defaultdict(int)
        self.over = threading.Event()

    def run(self) -> None:
        with httpx.Client(headers={"Authorization": f"Bearer {self._key}"}, timeout=10) as client:
            number = 0
            while not self.over.is_set():
                message_id = f"{self.shopper}-{number}"
                event = {"type": "track", "event": "Step", "userId": self.shopper, "messageId": message_id}
                if self._send(client, {"batch": [event]}):
                    self.acknowledged.append(UUID(blake2b(message_id.encode(), digest_size=16).hexdigest()))
                    number += 1
                else:
                    time.sleep(0.05)

    def _send(self, client: httpx.Client, batch: dict[str, object]) -> bool:
        try:
            answer = client.post(f"{self._url}/v1/batch", json=batch)
        except httpx.HTTPError:
            self.statuses["no answer"] += 1
            return False
        spooled = answer.status_code == 200 and answer.json().get("spooled", False)
        self.statuses["spooled" if spooled else str(answer.status_code)] += 1
        return answer.status_code == 200


def drained(server: Outage) -> bool:
    # No worker runs here: after a while it is "degraded", because events wait in the queue.
    return server.ready()["status"] in ("ready", "degraded")


@pytest.mark.chaos
def test_an_outage_of_the_database(server, secret_key, scope):
    shoppers = [Shopper(server.url, secret_key, f"shopper-{n}") for n in range(SHOPPERS)]
    for shopper in shoppers:
        shopper.start()
    try:
        time.sleep(1.0)
        server.kill_database()
        server.until(lambda: server.ready()["status"] == "spooling")
        server.until(lambda: all(shopper.statuses["spooled"] > 20 for shopper in shoppers))
        server.kill_a_web_worker()
        time.sleep(1.0)
        # Who starts now has never seen the database.
        server.kill_web()
        server.start_web()
        before = [shopper.statuses["spooled"] for shopper in shoppers]
        server.until(
            lambda: all(s.statuses["spooled"] > n + 5 for s, n in zip(shoppers, before, strict=True))
        )
        server.start_database()
        server.until(lambda: drained(server))
        time.sleep(0.5)
    finally:
        for shopper in shoppers:
            shopper.over.set()
        for shopper in shoppers:
            shopper.join()
    server.until(lambda: drained(server))
    with psycopg.connect(server._environment["DATABASE_URL"]) as database:
        stored = [
            key
            for (key,) in database.execute(
                f'SELECT message_key FROM "{scope.schema}".profiles_event ORDER BY id'
            ).fetchall()
        ]
    assert len(stored) == len(set(stored))
    place = {key: n for n, key in enumerate(stored)}
    for shopper in shoppers:
        assert set(shopper.acknowledged) <= place.keys(), shopper.statuses
        places = [place[key] for key in shopper.acknowledged]
        assert places == sorted(places)
        assert shopper.statuses["200"] > 0
    assert not (server._folder / "spool" / "aside").exists()
    assert os.listdir(server._folder / "spool")  # its locks stay
