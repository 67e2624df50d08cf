"""Hints are few, and never in the request's way."""

import threading
import time

import pytest

from profiles.ingest import hints
from tenants import redis

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def sent(monkeypatch):
    calls = []
    monkeypatch.setattr(hints.current_app, "send_task", lambda name, args, **_: calls.append(args[0]))
    return calls


def test_one_hint_waits_at_a_time(sent):
    for _ in range(3):
        hints.publish("t_alpha")
    assert sent == ["t_alpha"]
    hints.take_up("t_alpha")
    hints.publish("t_alpha")
    assert sent == ["t_alpha", "t_alpha"]


def test_the_thread_outlives_a_broker_that_is_away(monkeypatch):
    told = threading.Event()
    calls = []

    def publish(schema):
        calls.append(schema)
        if len(calls) == 1:
            raise redis.Unavailable("away")
        told.set()

    monkeypatch.setattr(hints, "publish", publish)
    hints.hint("t_alpha")
    while len(calls) < 1:
        time.sleep(0.001)
    hints.hint("t_alpha")
    assert told.wait(10)


def test_a_worker_starts_although_valkey_is_away(monkeypatch):
    def away(command):
        raise redis.Unavailable("away")

    monkeypatch.setattr(hints.redis, "run", away)
    hints.take_up("t_alpha")
