"""Everybody who has an asked address is found, however it is written, and nobody else's address is taken for theirs."""

from __future__ import annotations

import pytest

from compliance.requests import decide, verify
from compliance.requests.addresses import join_others
from compliance.requests.contact import contact_of
from compliance.requests.problems import Refused
from compliance.suppression import suppressed
from profiles.privacy.addresses import on_file
from profiles.selectors import find_profile
from profiles.subjects import resolve
from tenants.crypto import blind_index
from tenants.db import tenant_connection
from tenants.keys import create_key

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")
MAIL, PHONE = "ada@shop.example", "+44 20 7946 0958"


@pytest.fixture
def browser(tenant):
    return create_key(tenant=tenant, kind="publishable", name="p")[1]


def identify(user, **traits):
    return {"type": "identify", "userId": user, "traits": traits}


def ids(scope, *users):
    return tuple(sorted(find_profile(scope, "user_id", user).pk for user in users))


def test_a_guest_with_the_same_address_is_found_beside_the_user_id(send, scope):
    send(identify("u1", email=MAIL), identify("guest-7", email="Ada@Shop.example"), track("u2"))
    person = resolve(scope, [("user_id", "u1"), ("email", MAIL)])
    assert (person.profile_ids, person.shoppers) == (ids(scope, "u1", "guest-7"), 2)


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (track("ada@shop.example"), ("email", MAIL)),
        (track("Ada@Shop.example"), ("email", MAIL)),
        (track("Ada@Shop.example"), ("user_id", MAIL)),
        (track("Ada@Shop.example"), ("anonymous_id", "ADA@shop.example")),
        (identify("u1", phone=PHONE), ("phone", "+442079460958")),
        (identify("u1", mobile=442079460958), ("phone", PHONE)),
        (identify("u1", phone=PHONE), ("user_id", "+442079460958")),
        (identify("u1", email_address="ADA@shop.example"), ("user_id", MAIL)),
        (track("c-17"), ("anonymous_id", "c-17")),
        (track(None, anonymousId="c-17"), ("user_id", "c-17")),
    ],
)
def test_who_is_there_is_found_however_they_are_called(send, scope, known, asked):
    send(known, track("u2"))
    assert resolve(scope, [asked]).shoppers == 1


def test_an_id_means_what_it_was_asked_as_when_that_names_somebody(send, scope):
    send({"type": "identify", "userId": "u1", "anonymousId": "77"}, track("77"))
    assert resolve(scope, [("user_id", "77")]).profile_ids == ids(scope, "77")


def test_another_tenants_address_finds_nobody(send, scope, rival):
    from tenants import keyring

    send(identify("u1", email=MAIL))
    with tenant_connection(rival.schema_name):
        assert not resolve(keyring.scope_of_tenant(rival), [("email", MAIL)]).known


def test_two_lives_under_one_address_end_together(send, scope, performed):
    send(identify("u1", email=MAIL), identify("guest-7", email=MAIL))
    with pytest.raises(Exception, match="2 different shoppers"):
        performed(MAIL, identity="email")


@pytest.fixture
def refused(scope, cursor):
    def ask(kind, value):
        blind = blind_index(scope.tenant_id, kind, value)
        return suppressed(cursor, scope.schema, [blind]) == {blind}

    return ask


VICTIM = "victim@elsewhere.example"
SAID = [
    {"type": "identify", "userId": "u1", "traits": {"email": VICTIM}},
    {"type": "identify", "userId": "u1", "traits": {"username": VICTIM}},
    track("u1", context={"traits": {"email_address": VICTIM}}),
    track("u1", anonymousId=VICTIM),
    {"type": "alias", "userId": "u1", "previousId": VICTIM},
]


@pytest.mark.parametrize("said", SAID)
def test_what_only_a_browser_said_is_not_refused(send, performed, browser, refused, said):
    send(track("u1"))
    send(said, key=browser)
    performed("u1")
    assert not refused("email", VICTIM)


def test_what_was_asked_for_is_refused_whoever_said_it(send, performed, browser, refused):
    send({"type": "identify", "userId": "u1", "traits": {"email": MAIL}}, key=browser)
    performed(MAIL, identity="email")
    assert refused("email", MAIL)


def test_a_number_that_another_shopper_has_too_stays_theirs(send, scope, performed, refused):
    """A household shares it."""
    send(identify("u1", phone=PHONE, email=MAIL), identify("u2", phone=PHONE))
    performed("u1", apart=True)
    assert refused("email", MAIL)
    assert not refused("phone", "442079460958")
    send(identify("u2", phone=PHONE, city="Bath"))
    assert resolve(scope, [("phone", PHONE)]).profile_ids == ids(scope, "u2")


def test_what_a_server_said_of_a_visitor_is_not_the_shoppers_by_a_browsers_word(
    send, scope, performed, browser, refused
):
    send(identify("u1", email=MAIL), {"type": "identify", "anonymousId": "a1", "traits": {"email": VICTIM}})
    send({"type": "identify", "userId": "u1", "anonymousId": "a1"}, key=browser)
    request = performed("u1", kind="access")
    assert contact_of(scope, request) == (("email", MAIL),)
    performed("u1")
    assert not refused("email", VICTIM)


def test_two_of_a_household_are_erased_at_the_same_time(send, asked):
    send(identify("u1", phone=PHONE), identify("u2", phone=PHONE))
    asked("u1")
    asked("u2")
    with pytest.raises(Refused, match="open already"):
        asked("u1")


def test_an_erasure_leaves_the_answer_of_another_who_has_the_number(send, scope, performed):
    send(identify("u1", phone=PHONE), identify("u2", phone=PHONE, email=MAIL))
    theirs = performed("u2", kind="access", apart=True)
    performed("u1", apart=True)
    assert contact_of(scope, theirs)


def test_an_officer_says_whether_the_guest_with_the_same_address_is_the_same_person(
    send, scope, asked, officers
):
    send(identify("u1", email=MAIL), identify("guest-7", email=MAIL))
    request = asked("u1", kind="access")
    verify.verify_by_hand(scope, request, method="account", note="signed in", actor="user:0")
    with pytest.raises(Refused, match="1 other shopper has an address"):
        decide.approve(scope, request, officers[0])
    joined = join_others(scope, request, actor="user:1")
    assert (joined.shoppers, joined.status, joined.verification) == (2, "received", "")
    with pytest.raises(Refused, match="Nobody has verified yet"):
        decide.approve(scope, request, officers[0], apart=True)
    joined = verify.verify_by_hand(scope, request, method="account", note="both accounts", actor="user:0")
    with pytest.raises(Refused, match="2 different shoppers"):
        decide.approve(scope, joined, officers[0])
    assert decide.approve(scope, joined, officers[0], several=True).shoppers == 2
    with pytest.raises(Refused, match="approved already"):
        join_others(scope, request, actor="user:1")


def test_who_else_has_an_address_is_counted(send, scope, browser):
    send(identify("u1", phone=PHONE, email=MAIL), identify("u2", phone=PHONE))
    found = {a.kind: a for a in on_file(resolve(scope, [("user_id", "u1")]))}
    assert found["phone"].others == ids(scope, "u2")
    assert (found["email"].others, found["email"].trusted, found["email"].masked) == (
        (),
        True,
        "a…@shop.example",
    )


def test_where_to_answer_is_nothing_that_a_browser_said(send, scope, performed, browser):
    send(identify("u1", phone=PHONE))
    send(*({**event, "messageId": f"b-{n}"} for n, event in enumerate(SAID)), key=browser)
    request = performed("u1", kind="access")
    assert contact_of(scope, request) == (("phone", PHONE),)
