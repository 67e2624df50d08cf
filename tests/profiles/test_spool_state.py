"""What a load balancer and a monitor are told while events wait."""

import pytest

from config.console.dashboard import health
from profiles.spool.drain import drain
from tenants import keyring, reserve

from .conftest import viewed

pytestmark = pytest.mark.usefixtures("committed", "known_key")


def gauge(client, name):
    lines = client.get("/metrics").content.decode().splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).rpartition(" ")[2])


def test_a_process_that_takes_events_is_of_use(client, send, spool, away):
    keyring.fill_reserve()
    assert client.get("/ready").json()["status"] == "ready"
    with away():
        send(viewed("u1"), viewed("u2"))
        answer = client.get("/ready")
        assert answer.status_code == 200
        assert answer.json()["status"] == "spooling"
        assert answer.json()["checks"]["database"] == "unreachable"
        assert answer.json()["checks"]["spool"]["events"] == 2
        assert answer.json()["checks"]["spool"]["bytes"] > 0
        assert gauge(client, "attune_spool_events") == 2
    assert client.get("/ready").json()["status"] == "spooling"
    drain(spool)
    assert client.get("/ready").json() == {"status": "ready", "checks": {"database": "ok", "valkey": "ok"}}
    assert gauge(client, "attune_spool_events") == 0


def test_one_that_knows_no_keys_is_not(client, spool, away):
    with away():
        reserve.forget()
        assert client.get("/ready").status_code == 503


def test_nor_is_one_whose_spool_is_full(client, send, spool, away, monkeypatch):
    keyring.fill_reserve()
    with away():
        send(viewed("u1"))
        monkeypatch.setattr(spool, "limit", spool.look().size)
        answer = client.get("/ready")
    assert (answer.status_code, answer.json()["checks"]["spool"]["state"]) == (503, "full")


def test_the_console_says_that_events_wait_on_disk(send, spool, away, monkeypatch):
    """Without a number: other shops' events may be among them."""
    keyring.fill_reserve()
    assert health._spool() == []
    with away():
        send(viewed("u1"))
    [check] = health._spool()
    assert (check.state, "brought in" in check.said) == ("warn", True)
    monkeypatch.setattr(spool, "limit", spool.look().size)
    assert [check.state for check in health._spool()] == ["bad"]
    monkeypatch.undo()
    drain(spool)
    assert health._spool() == []
