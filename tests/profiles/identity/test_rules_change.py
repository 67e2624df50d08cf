"""Rules changed: looked at before, applied to the shoppers there are in portions, and taken back."""

import pytest
from django.db import connection
from psycopg import Cursor

from profiles.identity import applying, differences, settings
from profiles.identity.models import IdentityRules
from profiles.identity.regroup import Busy
from profiles.identity.rules import EMAIL, Kind, parse
from profiles.models import Profile
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

from ..conftest import event, viewed

MAIL = "family@shop.example"


@pytest.fixture
def family(send, process):
    """A visitor became u1's by a shared device; v1 and v2 are visitors who gave one address, that u9 gave too, as did u8."""
    send(
        viewed("u1", "i0"),
        viewed(anonymousId="a1"),
        event("identify", userId="u1", anonymousId="a1"),
        event("identify", userId="u8", traits={"email": MAIL}),
        event("identify", userId="u9", traits={"email": MAIL}),
        viewed(anonymousId="v1"),
        event("identify", anonymousId="v1", traits={"email": "walkin@shop.example"}),
        event("identify", anonymousId="v2", traits={"email": "walkin@shop.example"}),
        viewed(anonymousId="v2", item="i2"),
    )
    process()


@pytest.fixture
def change(scope):
    def save(kinds=None, blocked=(), actor="user:1"):
        with tenant_connection(scope.schema):
            wanted = settings.checked(settings.Wanted(kinds or {}, tuple(blocked)))
            on_record = ["user_id", "anonymous_id", "email"]
            definition = settings.document(scope, wanted, on_record)
            return settings.save(scope, definition, actor=actor), definition

    return save


@pytest.fixture
def apply(scope):
    def run():
        with tenant_connection(scope.schema):
            while applying.run_turn(scope):
                pass
            return IdentityRules.objects.get()

    return run


def look(scope, definition):
    with tenant_connection(scope.schema):
        connection.ensure_connection()
        with Cursor(connection.connection) as cursor:
            return differences.look(cursor, scope.schema, parse(definition), seconds=60)


def test_a_blocked_value_takes_apart_what_it_joined(family, change, apply, scope, shopper, send, process):
    assert shopper("v1", "anonymous_id") == shopper("v2", "anonymous_id")
    with tenant_connection(scope.schema):
        wanted = settings.document(
            scope, settings.checked(settings.Wanted({}, ("WalkIn@shop.example",))), ["email"]
        )
    seen = look(scope, wanted)
    assert (seen.merged, seen.separated, seen.whole) == (0, 1, True)
    assert seen.splits == [shopper("v1", "anonymous_id").pk]
    assert change(blocked=["WalkIn@shop.example"])[0]
    row = apply()
    assert (row.merged, row.separated, row.held_up, row.applied_version) == (0, 1, 0, 1)
    one, two = shopper("v1", "anonymous_id"), shopper("v2", "anonymous_id")
    assert one != two
    with tenant_connection(scope.schema):
        assert (one.interaction_set.count(), two.interaction_set.count()) == (1, 1)
    # What is said again joins nobody, and what was said holds when the rules before are back.
    send(event("identify", anonymousId="v1", traits={"email": "walkin@shop.example"}))
    process()
    assert shopper("v1", "anonymous_id") != shopper("v2", "anonymous_id")
    with tenant_connection(scope.schema):
        assert settings.save(scope, settings.earlier_version(0), actor="user:1")
    row = apply()
    assert (row.merged, row.separated, row.version) == (1, 0, 2)
    assert shopper("v1", "anonymous_id") == shopper("v2", "anonymous_id")


def test_limits_hold_for_who_is_there(family, change, apply, shopper):
    assert shopper("v1", "anonymous_id") == shopper("v2", "anonymous_id")
    change({"anonymous_id": Kind(9, 1, "first")})
    assert apply().separated == 1
    assert shopper("v1", "anonymous_id") != shopper("v2", "anonymous_id")
    assert shopper("a1", "anonymous_id") == shopper("u1")
    change({})
    assert apply().merged == 1
    assert shopper("v1", "anonymous_id") == shopper("v2", "anonymous_id")


def test_two_known_shoppers_are_never_one(family, change, apply, shopper):
    change({EMAIL: Kind(3, 5, "first")})
    apply()
    assert shopper("u8") != shopper("u9")


def test_what_changes_nobody_is_said(family, scope):
    assert look(scope, {}).nothing
    assert look(scope, {"kinds": {"email": {"priority": 4}}}).nothing


def test_killed_anywhere_it_goes_on(family, change, apply, scope, shopper, monkeypatch):
    monkeypatch.setattr(differences, "PORTION", 1)
    change({"anonymous_id": Kind(9, 1, "first")})
    real, calls = applying.follow_links, []

    def killed(*args, **kwargs):
        done = real(*args, **kwargs)
        calls.append(done)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(applying, "follow_links", killed)
    with tenant_connection(scope.schema), pytest.raises(KeyboardInterrupt):
        applying.run_turn(scope, seconds=60)
    assert shopper("v1", "anonymous_id") == shopper("v2", "anonymous_id")
    assert apply().separated == 1
    assert shopper("v1", "anonymous_id") != shopper("v2", "anonymous_id")


def test_who_is_always_busy_holds_up_nobody(family, change, scope, monkeypatch, apply):
    change({"anonymous_id": Kind(9, 1, "first")})

    def busy(*args, **kwargs):
        raise Busy("again")

    monkeypatch.setattr(applying, "follow_links", busy)
    row = apply()
    assert row.held_up > 0
    assert row.applied_version == row.version


def test_the_same_again_is_no_change(change, scope):
    assert change(blocked=["walk-in"])[0]
    assert not change(blocked=["Walk-In "])[0]
    with tenant_connection(scope.schema):
        assert IdentityRules.objects.get().version == 1
        record = AuditRecord.objects.get(action="identity rules changed")
        assert record.details["blocked"] == [0, 1]
        with pytest.raises(settings.BadRules, match="Somebody else"):
            settings.save(scope, {}, actor="user:1", version=0)


@pytest.mark.parametrize(
    ("kinds", "values"),
    [
        ({"user_id": Kind(1, 2)}, ()),
        ({"email": Kind(0, 5)}, ()),
        ({"email": Kind(1, 10**6)}, ()),
        ({"x" * 41: Kind(1, 5)}, ()),
        ({"a\x00": Kind(1, 5)}, ()),
        ({}, ["x" * 201]),
        ({}, ["a\x00b"]),
        ({}, [str(n) for n in range(501)]),
        ({"email": Kind(1, 5, "everybody")}, ()),  # type: ignore[arg-type]  # as a form may say
    ],
)
def test_what_can_be_no_rule_is_said(kinds, values):
    with pytest.raises(settings.BadRules):
        settings.checked(settings.Wanted(kinds, tuple(values)))


def test_the_rival_keeps_its_own(family, change, apply, rival):
    change(blocked=["walkin@shop.example"])
    apply()
    with tenant_connection(rival.schema_name):
        assert not IdentityRules.objects.exists()
        assert not Profile.objects.exists()
        assert settings.current().blocked == frozenset()
