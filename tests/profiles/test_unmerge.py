"""Staff takes a shopper apart; everything goes back to whom it came from, stays apart, and can be joined again."""

import pytest

from profiles.identity.models import IdentityChange, Link
from profiles.identity.unmerge import NotPossible, preview, undo, unmerge
from profiles.models import Interaction, Profile
from profiles.selectors import identifiers_of, traits_of
from tenants.crypto import blind_index
from tenants.db import tenant_connection

from .conftest import event, viewed


@pytest.fixture
def merged(send, process, shopper):
    """Visitor a1 viewed i1 and i2, then a server said they are u1, who had viewed i0."""
    send(viewed("u1", "i0"), event("identify", userId="u1", traits={"city": "Oslo"}))
    send(viewed(item="i1", anonymousId="a1"), viewed(item="i2", anonymousId="a1"))
    send(event("identify", anonymousId="a1", traits={"size": "M"}))
    process()
    before = shopper("a1", "anonymous_id")
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    assert shopper("a1", "anonymous_id") == shopper("u1")
    return before


@pytest.fixture
def visitor(scope):
    return blind_index(scope.tenant_id, "anonymous_id", "a1")


def state(scope, profile):
    with tenant_connection(scope.schema):
        profile.refresh_from_db()
        views = sum(day.get("iv", 0) for day in profile.counters.values())
        return (
            Interaction.objects.filter(profile=profile).count(),
            views,
            traits_of(scope, profile),
            sorted(i["value"] for i in identifiers_of(scope, profile)),
        )


def test_it_gives_everything_back(merged, scope, shopper, visitor):
    kept = shopper("u1")
    assert state(scope, kept)[:2] == (3, 3)
    with tenant_connection(scope.schema):
        assert preview(scope, kept, {visitor}).interactions == 2
    unmerge(scope, kept.pk, {visitor}, actor="owner")
    restored = shopper("a1", "anonymous_id")
    assert (restored.pk, restored.uuid, bytes(restored.unit)) == (merged.pk, merged.uuid, bytes(merged.unit))
    assert state(scope, kept) == (1, 1, {"city": "Oslo"}, ["u1"])
    assert state(scope, restored) == (2, 2, {"size": "M"}, ["a1"])


def test_the_same_word_does_not_merge_them_again(merged, scope, shopper, visitor, send, process):
    unmerge(scope, shopper("u1").pk, {visitor}, actor="owner")
    send(event("identify", userId="u1", anonymousId="a1"), viewed(item="i3", anonymousId="a1"))
    process()
    assert shopper("a1", "anonymous_id") != shopper("u1")
    assert state(scope, shopper("a1", "anonymous_id"))[0] == 3


def test_taken_back_they_are_one_again(merged, scope, shopper, visitor):
    change = unmerge(scope, shopper("u1").pk, {visitor}, actor="owner")
    undo(scope, change.pk, actor="owner")
    undo(scope, change.pk, actor="owner")
    assert shopper("a1", "anonymous_id") == shopper("u1")
    assert state(scope, shopper("u1")) == (3, 3, {"city": "Oslo", "size": "M"}, ["a1", "u1"])
    with tenant_connection(scope.schema):
        assert IdentityChange.objects.filter(what="undone").count() == 1


def test_acts_that_a_browser_gave_are_given_back(send, process, scope, shopper, publishable_key, visitor):
    send(viewed("u1", "i0"))
    send(
        viewed(item="i1", anonymousId="a1"),
        event("identify", userId="u1", anonymousId="a1"),
        key=publishable_key,
    )
    process()
    assert state(scope, shopper("u1"))[:2] == (2, 2)
    unmerge(scope, shopper("u1").pk, {visitor}, actor="owner")
    assert state(scope, shopper("u1"))[:2] == (1, 1)
    assert state(scope, shopper("a1", "anonymous_id"))[:2] == (1, 1)


def test_one_name_has_to_stay(merged, scope, shopper, visitor):
    user = blind_index(scope.tenant_id, "user_id", "u1")
    with pytest.raises(NotPossible, match="has to stay"):
        unmerge(scope, shopper("u1").pk, {visitor, user}, actor="owner")


def test_names_of_others_are_refused(merged, scope, shopper, send, process):
    send(viewed("u2"))
    process()
    with pytest.raises(NotPossible, match="not this shopper's"):
        unmerge(scope, shopper("u1").pk, {blind_index(scope.tenant_id, "user_id", "u2")}, actor="owner")


def test_the_rival_sees_nothing_of_it(merged, scope, shopper, visitor, rival):
    unmerge(scope, shopper("u1").pk, {visitor}, actor="owner")
    with tenant_connection(rival.schema_name):
        assert not IdentityChange.objects.exists()
        assert not Link.objects.exists()
        assert not Profile.objects.exists()
