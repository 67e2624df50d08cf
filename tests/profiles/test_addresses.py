"""Addresses find their shopper, and a browser never replaces what a trusted source said."""

from __future__ import annotations

import pytest

from compliance.names import address_row
from profiles.history import import_traits
from profiles.history.identifiers import attach_identifiers
from profiles.selectors import traits_of
from tenants.db import tenant_connection
from tenants.keys import create_key

from .conftest import event, viewed

pytestmark = pytest.mark.usefixtures("db")
MAIL, EVIL = "ada@shop.example", "evil@elsewhere.example"


@pytest.fixture
def browser(tenant):
    return create_key(tenant=tenant, kind="publishable", name="p")[1]


@pytest.fixture
def say(send, process, browser):
    """`say(event, …)` by the server, `say(…, by_browser=True)` otherwise; processed."""

    def post(*events, by_browser=False):
        send(*events, key=browser if by_browser else None)
        process()

    return post


@pytest.fixture
def on_file(rows, scope):
    """{(kind, address): (trusted, named, source)} of what is asked for, over all profiles."""

    def read(*asked):
        hashes = {address_row(scope.tenant_id, kind, value)[1]: value for kind, value in asked}
        found = rows("SELECT kind, blind, trusted, named, source FROM {s}.profiles_address")
        return {(k, hashes.get(bytes(b), "?")): (t, n, s) for k, b, t, n, s in found}

    return read


@pytest.fixture
def traits(scope, shopper):
    def read(user, kind="user_id"):
        with tenant_connection(scope.schema):
            return traits_of(scope, shopper(user, kind))

    return read


def identify(user, **traits):
    return event("identify", userId=user, traits=traits)


def test_what_a_server_says_is_trusted_and_found_in_one_form(say, on_file):
    say(identify("u1", email=" Ada@Shop.example", phone_number="+44 20 7946 0958"))
    assert on_file(("email", MAIL), ("phone", "442079460958")) == {
        ("email", MAIL): (True, False, "server"),
        ("phone", "442079460958"): (True, False, "server"),
    }


@pytest.mark.parametrize("trait", ["email", "email_address"])
@pytest.mark.parametrize("together", [True, False])
def test_a_browser_does_not_replace_it(say, send, process, browser, traits, on_file, trait, together):
    send(identify("u1", email=MAIL))
    if not together:
        process()
    send(event("track", userId="u1", context={"traits": {trait: EVIL, "city": "Bath"}}), key=browser)
    process()
    assert traits("u1") == {"email": MAIL, "city": "Bath"}
    assert on_file(("email", MAIL)) == {("email", MAIL): (True, False, "server")}


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_nor_takes_it_back(say, traits, shopper, nothing):
    say(identify("u1", email=MAIL))
    say(identify("u1", email=nothing), by_browser=True)
    assert traits("u1") == {"email": MAIL}
    assert shopper("u1").features["contact"] == {"email": True}


def test_a_browser_fills_what_is_empty_until_a_server_speaks(say, traits, on_file):
    say(identify("u1", email=EVIL), by_browser=True)
    assert on_file(("email", EVIL)) == {("email", EVIL): (False, False, "browser")}
    say(identify("u1", email=MAIL))
    assert traits("u1") == {"email": MAIL}
    assert on_file(("email", MAIL)) == {("email", MAIL): (True, False, "server")}


def test_a_server_that_says_the_same_vouches_for_it(say, on_file):
    say(identify("u1", email=MAIL), by_browser=True)
    say(identify("u1", email=MAIL.upper()))
    assert on_file(("email", MAIL)) == {("email", MAIL): (True, False, "server")}


@pytest.mark.parametrize("gone", [None, "new@shop.example"])
def test_an_address_that_changed_finds_nobody(say, on_file, gone):
    say(identify("u1", email=MAIL))
    say(identify("u1", email=gone))
    assert ("email", MAIL) not in on_file(("email", MAIL))
    assert len(on_file()) == bool(gone)


@pytest.mark.parametrize("trait", ["email", "email_address"])
def test_a_browsers_visitor_brings_none_to_a_shopper_who_has_one(say, traits, on_file, trait):
    say(identify("u1", email=MAIL))
    say(event("identify", anonymousId="a1", traits={trait: EVIL, "city": "Bath"}), by_browser=True)
    say(event("identify", userId="u1", anonymousId="a1"), by_browser=True)
    assert traits("u1") == {"email": MAIL, "city": "Bath"}
    assert on_file(("email", MAIL)) == {("email", MAIL): (True, False, "server")}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("known", [{}, {"email_address": MAIL}])
def test_a_browser_gives_nobody_a_trusted_address_of_its_visitor(
    send, process, browser, say, traits, on_file, together, known
):
    """Who subscribes to a newsletter gets an address said by the server, for a visitor's id that they know."""
    say(identify("u1", city="Bath", **known))
    send(event("identify", anonymousId="a1", traits={"email": EVIL}))
    if not together:
        process()
    send(event("identify", userId="u1", anonymousId="a1"), key=browser)
    process()
    trusted = {
        address
        for (_, address), (vouched, *_) in on_file(("email", EVIL), ("email", MAIL)).items()
        if vouched
    }
    assert trusted == set(known.values())
    assert traits("u1") == {"city": "Bath", **(known or {"email": EVIL})}


def test_a_visitors_address_becomes_the_shoppers(say, traits, on_file, shopper, rows):
    say(viewed("u1"), event("identify", anonymousId="a1", traits={"email": MAIL}))
    say(event("identify", userId="u1", anonymousId="a1"))
    assert traits("u1") == {"email": MAIL}
    assert on_file(("email", MAIL)) == {("email", MAIL): (True, False, "server")}
    assert rows("SELECT profile_id FROM {s}.profiles_address") == [(shopper("u1").pk,)]


def test_a_trusted_visitors_address_stands_before_a_browsers_word(say, traits):
    say(identify("u1", email=EVIL), by_browser=True)
    say(event("identify", anonymousId="a1", traits={"email": MAIL}))
    say(event("identify", userId="u1", anonymousId="a1"))
    assert traits("u1") == {"email": MAIL}


def test_an_id_that_is_an_address_is_found_and_stays(say, on_file):
    say(viewed("Ada@Shop.example"), viewed("12345678"))
    say(identify("Ada@Shop.example", email="ada@shop.example"))
    say(identify("Ada@Shop.example", email=None))
    assert on_file(("email", MAIL)) == {("email", MAIL): (True, True, "server")}


def test_imports_are_trusted(scope, on_file, shopper):
    import_traits(scope, {"u1": {"email": MAIL}, "Bo@shop.example": {}})
    with tenant_connection(scope.schema):
        attach_identifiers(scope, "phone", {shopper("u1").pk: "+44 20 1"})
    asked = on_file(("email", MAIL), ("email", "bo@shop.example"), ("phone", "44201"))
    assert asked == {
        ("email", MAIL): (True, False, "import"),
        ("email", "bo@shop.example"): (True, True, "import"),
        ("phone", "44201"): (True, True, "import"),
    }
