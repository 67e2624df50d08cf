"""Rows that were sent under one shopper and belong to another by now are sent anew: an erasure finds them."""

from __future__ import annotations

import pytest

from profiles.identity.unmerge import undo, unmerge
from profiles.models import Interaction, Profile
from profiles.privacy import warehouse
from profiles.subjects import resolve
from tenants.crypto import blind_index
from tenants.db import tenant_connection

from ..conftest import event, viewed

COUNT = "SELECT count(*), count(DISTINCT {key}) FROM {{{table}}}"
KEYS = {"events": "event_id", "interactions": "interaction_id"}


@pytest.fixture
def one_shopper(committed, destination, send, process, export, shopper):
    """A visitor's acts and a user's, sent as those of one shopper."""
    destination(streams=("events", "interactions"), history=True)
    send(viewed("u1", "i0"), viewed(item="i1", anonymousId="a1"), viewed(item="i2", anonymousId="a1"))
    send(event("identify", userId="u1", anonymousId="a1"), viewed("u2", "i9"))
    process()
    export(6)
    return shopper("u1")


@pytest.fixture
def whose(lake, shopper):
    """Rows of each table under the present pseudonyms of u1 and of visitor a1, and in all."""

    def count() -> dict[str, tuple[int, int, tuple[int, int]]]:
        user, visitor = shopper("u1"), shopper("a1", "anonymous_id")
        return {
            table: (
                lake(f"SELECT count(*) FROM {{{table}}} WHERE profile = '{user.uuid}'")[0][0],
                lake(f"SELECT count(*) FROM {{{table}}} WHERE profile = '{visitor.uuid}'")[0][0],
                lake(COUNT.format(key=key, table=table))[0],
            )
            for table, key in KEYS.items()
        }

    return count


def apart(scope, profile):
    visitor = blind_index(scope.tenant_id, "anonymous_id", "a1")
    return unmerge(scope, profile.pk, {visitor}, actor="user:1")


def test_who_was_separated_gets_their_rows_back(one_shopper, scope, export, whose):
    assert whose()["interactions"] == (3, 3, (4, 4))
    apart(scope, one_shopper)
    export(6)
    assert whose() == {"events": (2, 2, (5, 5)), "interactions": (1, 2, (4, 4))}


def test_and_an_erasure_takes_them_out(one_shopper, scope, export, lake, whose):
    apart(scope, one_shopper)
    export(6)
    with tenant_connection(scope.schema):
        warehouse.erase(resolve(scope, [("anonymous_id", "a1")]))
    assert lake("SELECT count(*) FROM {interactions} WHERE item IN ('i1', 'i2')") == [(0,)]
    assert lake("SELECT count(*) FROM {interactions}") == [(2,)]


def test_an_erasure_does_not_wait_for_the_rows_to_be_sent_anew(one_shopper, scope, export, lake):
    apart(scope, one_shopper)
    with tenant_connection(scope.schema):
        person = resolve(scope, [("anonymous_id", "a1")])
        assert warehouse.verify(person) > 0
        warehouse.erase(person)
        assert warehouse.verify(person) == 0
        # As the other stores do.
        Interaction.objects.filter(profile_id__in=person.profile_ids).delete()
        Profile.objects.filter(pk__in=person.profile_ids).delete()
    assert lake("SELECT count(*) FROM {interactions} WHERE item IN ('i1', 'i2')") == [(0,)]
    export(6)
    assert lake("SELECT item FROM {interactions} ORDER BY 1") == [("i0",), ("i9",)]


def test_joined_again_they_are_one(one_shopper, scope, export, whose):
    change = apart(scope, one_shopper)
    export(6)
    undo(scope, change.pk, actor="user:1")
    export(6)
    assert whose()["interactions"][2] == (4, 4)


def test_what_waits_is_not_sent_twice(one_shopper, scope, export, whose, send, process):
    send(viewed(item="i3", anonymousId="a1"))
    process()
    apart(scope, one_shopper)
    send(viewed(item="i4", anonymousId="a1"))
    process()
    export(8)
    found = whose()
    assert found["events"][2] == (7, 7)
    assert found["interactions"][2] == (6, 6)
