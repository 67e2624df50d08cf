"""Many letters at once: replayed, mended, discarded, taken back."""

from __future__ import annotations

import datetime as dt

import pytest

from profiles.dead_letters import jobs
from profiles.models import DeadLetter, LetterJob
from tenants.db import tenant_connection
from tenants.models import Tenant


def nameless(n, **fields):
    return {
        "type": "track",
        "userId": f"u{n}",
        "messageId": f"bad-{n}",
        "properties": {"name": "Product Viewed"},
        **fields,
    }


def test_a_mended_field_lets_them_all_pass(send, process, job, statuses, rows):
    send(*(nameless(n, evnt="Product Viewed", properties={"product_id": "i1"}) for n in range(5)))
    done = job("mend", edits=[{"do": "rename", "path": "evnt", "to": "event"}])
    assert (done.status, done.total, done.done, done.refused) == ("done", 5, 5, 0)
    assert statuses() == ["replayed"] * 5
    assert process() == 5
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(5,)]


def test_what_is_refused_again_stays_open_with_the_reason(send, job, statuses):
    send(nameless(1), {"type": "page", "messageId": "x"})
    done = job("mend", edits=[{"do": "set", "path": "event", "value": "Wobbled"}])
    assert (done.done, done.refused) == (1, 1)
    assert done.reasons == {"missing_identity|": 1}
    assert sorted(statuses()) == ["open", "replayed"]


def test_replaying_twice_counts_once(send, process, job, rows):
    send(nameless(1))
    with_event = [{"do": "set", "path": "event", "value": "A"}]
    job("mend", edits=with_event)
    DeadLetter.objects.update(status="open")
    job("mend", edits=with_event)
    process()
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(1,)]


def test_an_event_without_an_id_of_its_own_counts_once_too(send, process, job, rows):
    send({"type": "track", "userId": "u1"})
    edits = [{"do": "set", "path": "event", "value": "A"}]
    job("mend", edits=edits)
    DeadLetter.objects.update(status="open")
    job("mend", edits=edits)
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(1,)]


def test_discarding_can_be_undone(send, job, statuses, scope):
    send(nameless(1), nameless(2))
    done = job("discard")
    assert statuses() == ["discarded", "discarded"]
    with tenant_connection(scope.schema):
        undone = jobs.undo(scope, done, actor="user:1")
        while jobs.run_turn(scope):
            pass
        assert undone is not None
        undone.refresh_from_db()
    assert (undone.done, statuses()) == (2, ["open", "open"])


def test_only_the_letters_that_matched_when_it_began(send, scope, statuses):
    send(nameless(1))
    with tenant_connection(scope.schema):
        jobs.begin(scope, DeadLetter.objects.all(), "discard", actor="user:1")
    send(nameless(2))
    with tenant_connection(scope.schema):
        while jobs.run_turn(scope):
            pass
    assert statuses() == ["discarded", "open"]


def test_a_worker_that_was_killed_goes_on_where_it_was(send, scope, statuses, monkeypatch):
    send(*(nameless(n) for n in range(6)))
    with tenant_connection(scope.schema):
        job = jobs.begin(scope, DeadLetter.objects.all(), "discard", actor="user:1")
        real, calls = jobs._settle, []

        def dies(*args):
            calls.append(1)
            if len(calls) == 4:
                raise KeyboardInterrupt
            real(*args)

        monkeypatch.setattr(jobs, "_settle", dies)
        with pytest.raises(KeyboardInterrupt):
            jobs.run_turn(scope)
        assert statuses().count("discarded") == 3
        monkeypatch.setattr(jobs, "_settle", real)
        while jobs.run_turn(scope):
            pass
        job.refresh_from_db()
    assert (job.done, job.refused, statuses()) == (6, 0, ["discarded"] * 6)


def test_a_cancelled_job_stops(send, scope, statuses):
    send(nameless(1))
    with tenant_connection(scope.schema):
        job = jobs.begin(scope, DeadLetter.objects.all(), "discard", actor="user:1")
        jobs.cancel(job, actor="user:1")
        assert not jobs.run_turn(scope)
    assert statuses() == ["open"]


def test_an_event_that_names_no_time_happened_when_it_first_came(send, process, job, rows):
    send(nameless(1, properties={}))
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
    DeadLetter.objects.update(received_at=before)
    job("mend", edits=[{"do": "set", "path": "event", "value": "A"}])
    process()
    assert rows("SELECT first_seen_at FROM {s}.profiles_profile") == [(before,)]


def test_a_job_touches_no_other_tenants_letters(send, job, rival: Tenant, rival_key):
    send(nameless(1))
    send(nameless(1), key=rival_key)
    job("discard")
    with tenant_connection(rival.schema_name):
        assert DeadLetter.objects.get().status == "open"
        assert LetterJob.objects.count() == 0


@pytest.fixture(autouse=True)
def in_alpha(inside):
    """Reads of the tests' own look into alpha's schema."""


MANY = 60  # several portions and turns


def test_hundreds_of_one_reason_are_chosen_once_however_often_one_clicks(
    send, process, scope, statuses, rows
):
    send(*(nameless(n, evnt="Product Viewed", properties={"product_id": "i1"}) for n in range(MANY)))
    send({"type": "page", "messageId": "other"})
    with tenant_connection(scope.schema):
        chosen = DeadLetter.objects.filter(reason="missing_event_name")
        first = jobs.begin(scope, chosen, "mend", actor="user:1")
        edits = [{"do": "rename", "path": "evnt", "to": "event"}]
        jobs.start(scope, first, actor="user:1", edits=edits)
        jobs.start(scope, first, actor="user:1", edits=edits)
        assert jobs.begin(scope, chosen, "mend", actor="user:2") is None
        assert jobs.begin(scope, chosen, "discard", actor="user:2") is None
        seen = []
        while jobs.run_turn(scope, seconds=0.1):
            first.refresh_from_db()
            seen.append(first.done)
        first.refresh_from_db()
    assert (first.status, first.total, first.done, first.refused) == ("done", MANY, MANY, 0)
    assert seen == sorted(seen)
    assert process() == MANY
    assert sorted(statuses()) == ["open", *["replayed"] * MANY]
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(MANY,)]
