"""An id that is a program's word for nothing joins nobody and makes no shopper."""

from .conftest import event, viewed


def test_null_is_no_shopper_and_the_event_is_kept(send, process, shopper, rows):
    send(
        viewed("null"),
        event("identify", userId="undefined", anonymousId="a1"),
        viewed(item="i2", anonymousId="a1"),
    )
    process()
    assert shopper("null") is None
    assert shopper("undefined") is None
    assert shopper("a1", "anonymous_id") is not None
    assert rows("SELECT reason FROM {s}.profiles_deadletter") == [("blocked_identifier",)]
    assert rows("SELECT count(*) FROM {s}.profiles_profile") == [(1,)]


def test_a_shared_address_joins_no_one_and_those_whom_it_joined_part_again(send, process, shopper):
    mail = {"email": "family@shop.example"}
    send(event("identify", anonymousId="a1", traits=mail), event("identify", userId="u1", traits=mail))
    process()
    assert shopper("a1", "anonymous_id") == shopper("u1")
    send(event("identify", userId="u2", traits=mail))
    process()
    assert len({shopper("u1").pk, shopper("u2").pk, shopper("a1", "anonymous_id").pk}) == 3


def test_an_external_id_joins_visitors(send, process, shopper):
    context = {"externalIds": [{"type": "crm_id", "id": "C-9", "collection": "users", "encoding": "none"}]}
    send(viewed(item="i1", anonymousId="a1", context=context), viewed("u1", context=context))
    process()
    assert shopper("a1", "anonymous_id") == shopper("u1") == shopper("C-9", "crm_id")


def test_a_browsers_external_id_joins_nobody(send, process, shopper, publishable_key):
    context = {"externalIds": [{"type": "crm_id", "id": "C-9", "collection": "users", "encoding": "none"}]}
    send(viewed("u1", context=context))
    send(viewed(item="i1", anonymousId="mine", context=context), key=publishable_key)
    process()
    assert shopper("mine", "anonymous_id") != shopper("u1")
