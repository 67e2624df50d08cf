"""Anonymous becomes known; two known shoppers are never merged."""

import pytest

from .conftest import event, viewed


def items_of(rows, profile):
    found = rows(
        "SELECT i.external_id FROM {s}.profiles_interaction f JOIN {s}.catalog_item i ON i.id = f.item_id"
        " WHERE f.profile_id = %s ORDER BY f.id",
        profile.pk,
    )
    return [name for (name,) in found]


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "three batches"])
@pytest.mark.parametrize("known", [True, False], ids=["known user", "new user"])
def test_identify_gives_the_visitors_acts_to_the_user(send, process, shopper, rows, together, known):
    events = [viewed("u1", "i0")] if known else []
    events += [
        viewed(item="i1", anonymousId="a1"),
        event("identify", userId="u1", anonymousId="a1", traits={"plan": "gold"}),
        viewed(item="i2", anonymousId="a1"),
    ]
    for part in [events] if together else [[e] for e in events]:
        send(*part)
        process()
    user = shopper("u1")
    assert shopper("a1", "anonymous_id") == user
    assert sorted(items_of(rows, user)) == (["i0", "i1", "i2"] if known else ["i1", "i2"])
    assert rows("SELECT count(*) FROM {s}.profiles_profile") == [(1,)]
    assert rows("SELECT DISTINCT profile_id FROM {s}.profiles_event") == [(user.pk,)]
    assert sum(day.get("iv", 0) for day in user.counters.values()) == len(items_of(rows, user))


@pytest.mark.parametrize("together", [True, False])
def test_two_known_shoppers_on_one_device_stay_two(send, process, shopper, rows, together):
    events = [
        viewed(item="i0", anonymousId="a1"),
        event("identify", userId="u1", anonymousId="a1"),
        viewed("u1", "i1"),
        event("identify", userId="u2", anonymousId="a1"),
        viewed("u2", "i2"),
    ]
    for part in [events] if together else [[e] for e in events]:
        send(*part)
        process()
    first, second = shopper("u1"), shopper("u2")
    assert first != second
    assert items_of(rows, first) == ["i0", "i1"]
    assert items_of(rows, second) == ["i2"]
    assert shopper("a1", "anonymous_id") == first


def test_alias_of_a_known_user_merges_nobody(send, process, shopper):
    send(viewed("u1"), viewed("u2"), event("alias", previousId="u1", userId="u2"))
    process()
    assert shopper("u1") != shopper("u2")


def test_alias_of_a_visitor(send, process, shopper, rows):
    send(viewed(item="i1", anonymousId="a1"), event("alias", previousId="a1", userId="u1"))
    process()
    assert items_of(rows, shopper("u1")) == ["i1"]


def test_a_track_with_both_ids_does_not_link_them(send, process, shopper):
    send(viewed("u1", anonymousId="a1"), viewed(item="i2", anonymousId="a1"))
    process()
    assert shopper("u1") != shopper("a1", "anonymous_id")


@pytest.mark.parametrize("together", [True, False])
def test_a_browser_gives_acts_but_gets_no_profile(send, process, shopper, rows, publishable_key, together):
    """Whoever invents an anonymous id and calls it somebody else's must not read that shopper by it."""
    send(viewed("victim", "secret"))
    process()
    events = [
        viewed(item="i1", anonymousId="mine"),
        event("identify", userId="victim", anonymousId="mine"),
        viewed(item="i2", anonymousId="mine"),
    ]
    for part in [events] if together else [[e] for e in events]:
        send(*part, key=publishable_key)
        process()
    victim = shopper("victim")
    assert items_of(rows, victim) == ["secret", "i1"]
    mine = shopper("mine", "anonymous_id")
    assert mine != victim
    assert items_of(rows, mine) == ["i2"]


def test_a_browser_cannot_wait_for_a_victim(send, process, shopper, publishable_key):
    send(event("identify", userId="later", anonymousId="mine"), key=publishable_key)
    process()
    send(viewed("later", "secret"))
    process()
    assert shopper("mine", "anonymous_id") is None


def test_traits_of_visitor_and_user(send, process, scope, shopper):
    from profiles.selectors import traits_of
    from tenants.db import tenant_connection

    send(event("identify", anonymousId="a1", traits={"size": "M", "city": "Rome"}))
    send(event("identify", userId="u1", traits={"city": "Oslo"}))
    process()
    send(event("identify", userId="u1", anonymousId="a1", traits={"plan": "gold"}))
    process()
    with tenant_connection(scope.schema):
        assert traits_of(scope, shopper("u1")) == {"size": "M", "city": "Oslo", "plan": "gold"}
