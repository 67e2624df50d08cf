"""Events while the database is away: taken, kept in order, and brought in once."""

import orjson
import pytest

from profiles.spool.drain import drain
from tenants import keyring

from .conftest import event, viewed

pytestmark = pytest.mark.usefixtures("committed")


def names(rows):
    return [row[0] for row in rows("SELECT id FROM {s}.profiles_event ORDER BY id")]


def test_events_are_taken_and_drained_in_order(send, spool, away, known_key, process, rows, scope):
    with away():
        for number in range(5):
            answer = send(viewed("u1", item=f"i{number}"), viewed("u2", item=f"i{number}"))
            assert answer.status_code == 200
            assert answer.json()["accepted"] == 2
            assert answer.json()["spooled"] is True
    assert spool.look().events == 10
    assert drain(spool) == 10
    assert not spool.waiting()
    assert process() == 11
    bought = rows(
        """SELECT i.external_id FROM {s}.profiles_interaction x JOIN {s}.catalog_item i ON i.id = x.item_id
           JOIN {s}.profiles_identifier d ON d.profile_id = x.profile_id
           WHERE d.kind = 'user_id' ORDER BY x.id"""
    )
    assert [name for (name,) in bought] == [f"i{n}" for n in range(5) for _ in range(2)]


def test_what_comes_later_goes_behind_what_waits(send, spool, away, known_key, rows):
    with away():
        send(viewed("u1"))
    assert send(viewed("u1")).json()["spooled"] is True
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(1,)]
    assert drain(spool) == 2
    assert "spooled" not in send(viewed("u1")).json()


def test_draining_again_counts_nothing_twice(send, spool, away, known_key, rows, tmp_path):
    with away():
        send(
            {"type": "track", "event": "No id", "userId": "u1"},
            {"type": "track", "userId": "bad"},
            viewed("u2"),
        )
    before = {path.name: path.read_bytes() for path in spool.folder.glob("*.seg")}
    assert drain(spool) == 3
    for name, content in before.items():
        (spool.folder / name).write_bytes(content)
    assert spool.recover()
    assert drain(spool) == 3
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(3,)]
    assert rows("SELECT count(*) FROM {s}.profiles_deadletter") == [(1,)]


def test_an_event_that_was_stored_before_the_connection_broke(send, spool, away, known_key, rows):
    again = viewed("u1")
    send(again)
    with away():
        send(again)
    drain(spool)
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(2,)]


def test_bad_events_are_reported_as_ever(send, spool, away, known_key):
    with away():
        answer = send(viewed("u1"), {"type": "track", "userId": "u1"}).json()
    assert answer["accepted"] == 1
    assert answer["rejected"][0]["reason"] == "missing_event_name"


def test_an_erased_person_is_not_made_again(send, spool, away, known_key, rows, scope):
    from tenants.crypto import blind_index

    with away():
        send(viewed("gone"), viewed("stays"))
    rows(
        "INSERT INTO {s}.compliance_suppression (blind, since, reason) VALUES (%s, now(), 'erasure') RETURNING 1",
        blind_index(scope.tenant_id, "user_id", "gone"),
    )
    drain(spool)
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(2,)]


def test_nothing_readable_lies_on_the_disk(send, spool, away, known_key):
    with away():
        send(viewed("somebody@shop.example", item="secret-item"))
    for path in spool.folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        if path.is_file():
            assert b"somebody" not in path.read_bytes()
            assert b"secret-item" not in path.read_bytes()


def test_a_full_spool_is_a_503(send, spool, away, known_key, monkeypatch, rows):
    monkeypatch.setattr(spool, "limit", 400)
    with away():
        answers = [send(viewed("u1")) for _ in range(5)]
    assert [a.status_code for a in answers] == [200, 503, 503, 503, 503]
    refused = answers[-1]
    assert refused.json()["code"] == "storage_unavailable"
    assert int(refused["Retry-After"]) > 0
    assert drain(spool) == 1


def test_a_key_nobody_used_here_works_too(api, spool, away, tenant, secret_key):
    keyring.confirm()
    keyring.fill_reserve()
    with away():
        body = orjson.dumps({"batch": [viewed("u1")]})
        answer = api(secret_key).post("/v1/batch", body, content_type="application/json")
    assert answer.json()["spooled"] is True


def test_an_unknown_key_is_not_taken_for_a_shops(api, spool, away, tenant):
    with away():
        answer = api("sk_alpha_wrong").post("/v1/track", b"{}", content_type="application/json")
    assert answer.status_code == 503
    assert not spool.waiting()


def test_each_shops_events_reach_its_own_schema(send, api, spool, away, known_key, rival, rival_key, rows):
    assert send(event("page", userId="known"), key=rival_key).status_code == 200
    with away():
        send(viewed("u1"))
        send(viewed("u1"), viewed("u2"), key=rival_key)
        send(viewed("u1"))
    drain(spool)
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(3,)]
    assert rows(f'SELECT count(*) FROM "{rival.schema_name}".profiles_event') == [(3,)]


def test_the_moment_of_receipt_is_when_it_came(send, spool, away, known_key, rows):
    import time

    with away():
        send(viewed("u1"))
    time.sleep(1.1)
    drain(spool)
    (age,) = rows("SELECT now() - received_at FROM {s}.profiles_event ORDER BY id DESC LIMIT 1")[0]
    assert age.total_seconds() > 1


def test_what_is_spooled_while_the_drainer_looks_is_not_forgotten(
    send, spool, away, known_key, rows, monkeypatch
):
    with away():
        send(viewed("u1"))
    real, late = spool.window, [viewed("u2")]

    def window(events):
        found = real(events)
        if late:
            assert send(late.pop()).json()["spooled"] is True
        return found

    monkeypatch.setattr(spool, "window", window)
    assert drain(spool) == 2
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(3,)]
