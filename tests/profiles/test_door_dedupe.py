"""A messageId counts once."""

from .conftest import event, viewed


def test_the_same_batch_twice(send, process, rows):
    batch = [viewed("u1"), viewed("u1")]
    assert send(*batch).json()["accepted"] == 2
    again = send(*batch).json()
    assert (again["accepted"], again["duplicates"]) == (0, 2)
    assert process() == 2
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(2,)]


def test_twice_in_one_batch(send):
    twin = viewed("u1")
    answer = send(twin, twin, viewed("u1")).json()
    assert (answer["accepted"], answer["duplicates"]) == (2, 1)


def test_events_without_a_message_id_are_each_their_own(send):
    bare = {"type": "page", "userId": "u1"}
    assert send(bare, bare).json()["accepted"] == 2


def test_a_number_is_the_same_id_as_its_text(send):
    send(event("page", userId="u1", messageId=7))
    assert send(event("page", userId="u1", messageId="7")).json()["duplicates"] == 1


def test_ids_are_forgotten_after_28_days(send, scope, tenant):
    import datetime as dt

    from profiles.partitions import forget_message_keys

    given = event("page", userId="u1")
    send(given)
    today = dt.datetime.now(dt.UTC).date()
    assert forget_message_keys(scope.schema, today + dt.timedelta(days=28)) == 0
    assert send(given).json()["duplicates"] == 1
    assert forget_message_keys(scope.schema, today + dt.timedelta(days=29)) == 1
    assert send(given).json()["accepted"] == 1
