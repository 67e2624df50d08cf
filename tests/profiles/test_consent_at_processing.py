"""Who refuses analytics is not observed: nothing is made of what they do, and nothing of it is kept."""

import pytest

from compliance.consent import Choice
from profiles.consents import set_consent
from profiles.history import import_history
from tenants.db import tenant_connection

from .conftest import event, viewed
from .test_history import frame

REFUSED, GRANTED = Choice("analytics", granted=False), Choice("analytics", granted=True)


@pytest.fixture
def say(scope):
    def call(*choices, user="u1"):
        return set_consent(scope, ("user_id", user), choices, actor="test")

    return call


def facts(rows):
    return rows("SELECT count(*) FROM {s}.profiles_interaction")[0][0]


def stored(rows):
    return rows("SELECT count(*) FROM {s}.profiles_event")[0][0]


def test_nothing_is_made_of_their_events_and_none_is_kept(send, process, shopper, rows, say):
    say(REFUSED)
    before = shopper("u1")
    answer = send(viewed("u1"), event(userId="u1", event="Order Completed", properties={"products": []}))
    assert answer.json()["accepted"] == 2
    assert process() == 2
    after = shopper("u1")
    assert (facts(rows), stored(rows)) == (0, 0)
    assert (after.counters, after.features) == ({}, {})
    assert (after.version, after.last_seen_at) == (before.version, before.last_seen_at)


def test_other_shoppers_in_the_batch_are_counted(send, process, rows, say):
    say(REFUSED)
    send(viewed("u1"), viewed("u2"))
    process()
    assert (facts(rows), stored(rows)) == (1, 1)


def test_the_same_message_counts_once_all_the_same(send, process, say, rows):
    say(REFUSED)
    again = viewed("u1")
    send(again)
    process()
    say(GRANTED)
    assert send(again).json()["duplicates"] == 1


def test_subscribers_hear_nothing_of_them(send, process, say, settings, monkeypatch):
    heard = []
    monkeypatch.setattr("profiles.partitions.listen", lambda scope, batch: heard.append(batch), raising=False)
    settings.EVENT_SUBSCRIBERS = ["profiles.partitions.listen"]
    say(REFUSED)
    send(viewed("u1"))
    process()
    assert [(b.happened, b.changed, len(b.item_pk)) for b in heard] == [((), (), 0)]


def test_identify_still_says_who_they_are(send, process, shopper, scope, rows, say):
    say(REFUSED)
    send(event("identify", userId="u1", anonymousId="a1", traits={"name": "Ada", "age": 40}))
    process()
    found = shopper("u1")
    assert shopper("a1", "anonymous_id") == found
    from profiles.selectors import traits_of

    with tenant_connection(scope.schema):
        assert traits_of(scope, found) == {"name": "Ada", "age": 40}
    assert found.features == {}
    assert stored(rows) == 0


def test_who_was_never_heard_of_may_refuse_with_the_first_event(send, process, shopper, rows):
    send(event("page", anonymousId="a9", context={"consent": {"categoryPreferences": {"Analytics": False}}}))
    process()
    assert shopper("a9", "anonymous_id").counters == {}
    assert stored(rows) == 0


def test_what_they_did_before_stays_and_what_follows_a_yes_counts(send, process, rows, say):
    send(viewed("u1"))
    process()
    say(REFUSED)
    send(viewed("u1"))
    process()
    say(GRANTED)
    send(viewed("u1"))
    process()
    assert (facts(rows), stored(rows)) == (2, 2)


def test_a_yes_inside_a_batch_counts_from_there_on(send, process, rows, say):
    say(REFUSED)
    yes = {"consent": {"categoryPreferences": {"Analytics": True}}}
    said = event(userId="u1", event="Segment Consent Preference Updated", context=yes)
    send(viewed("u1", "i1"), said, viewed("u1", "i2"), viewed("u1", "i3"))
    process()
    assert facts(rows) == 2


def test_a_no_inside_a_batch_holds_for_the_whole_batch(send, process, rows):
    no = {"consent": {"categoryPreferences": {"Analytics": False}}}
    send(viewed("u1", "i1"), viewed("u1", "i2", context=no), viewed("u1", "i3"))
    process()
    assert (facts(rows), stored(rows)) == (0, 0)


@pytest.mark.parametrize(
    "bad",
    [
        event(userId="u1", event="Order Completed", properties={"products": "secret"}),
        {"type": "track", "userId": "u1"},
    ],
    ids=["at processing", "at the door"],
)
def test_broken_events_of_theirs_are_not_kept_either(send, process, rows, say, bad):
    say(REFUSED)
    send(bad)
    process()
    assert rows("SELECT count(*) FROM {s}.profiles_deadletter") == [(0,)]
    assert stored(rows) == 0
    send({**bad, "userId": "u2", "messageId": "other"})
    process()
    assert rows("SELECT count(*) FROM {s}.profiles_deadletter") == [(1,)]


def test_their_rows_of_an_imported_history_are_left_out(scope, shopper, rows, say):
    say(REFUSED, user="1")
    result = import_history(scope, [frame()], "test", "digest")
    assert (result.rows, result.refused) == (2, 2)
    assert shopper("1").counters == {}
    assert rows("SELECT DISTINCT profile_id FROM {s}.profiles_interaction") == [(shopper("2").pk,)]


def test_a_tenant_may_ask_first(send, process, tenant, rows, say):
    tenant.settings = {"consent": {"defaults": {"analytics": False}}}
    tenant.save()
    say(GRANTED, user="u2")
    send(viewed("u1"), viewed("u2"))
    process()
    assert (facts(rows), stored(rows)) == (1, 1)


def test_a_batch_that_says_nothing_of_consent_costs_one_query(send, process, say, monkeypatch):
    """Counted at the door to the database, so that a second one can't slip in unseen."""
    from profiles.processing import batches, consents

    say(REFUSED)
    queries = []
    real = consents.consent.allowed
    monkeypatch.setattr(
        consents.consent, "allowed", lambda *a, **k: queries.append("allowed") or real(*a, **k)
    )

    class Counting:
        def __init__(self, cursor):
            self.cursor = cursor

        def execute(self, *args, **kwargs):
            queries.append(args[0])
            return self.cursor.execute(*args, **kwargs)

    hear = consents.hear
    monkeypatch.setattr(batches, "hear", lambda cursor, *rest: hear(Counting(cursor), *rest))
    send(*(viewed("u2", f"i{n}") for n in range(20)))
    process()
    assert queries == ["allowed"]
