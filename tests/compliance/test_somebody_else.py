"""An address that is said to be somebody else's no longer ties the two shoppers' requests together."""

from __future__ import annotations

import pytest

from compliance.requests.addresses import keep_apart
from compliance.requests.marks import siblings
from compliance.requests.problems import Refused

pytestmark = pytest.mark.usefixtures("db", "inside")


@pytest.fixture
def household(send):
    for user in ("u1", "u2"):
        send({"type": "identify", "userId": user, "traits": {"phone": "+44 20 7946 0958"}})


@pytest.mark.usefixtures("household")
def test_their_requests_are_not_shown_as_the_persons(asked, performed):
    theirs = asked("u2", kind="access")
    erased = performed("u1", apart=True)
    assert list(siblings(erased)) == []
    assert list(siblings(theirs)) == []


@pytest.mark.usefixtures("household")
def test_they_are_apart_at_once_and_the_persons_own_names_stay(scope, asked):
    theirs, access, request = asked("u2", kind="access"), asked("u1", kind="access"), asked("u1")
    assert set(siblings(request)) == {theirs, access}
    assert list(siblings(keep_apart(scope, request, actor="user:1"))) == [access]
    with pytest.raises(Refused, match="No other shopper"):
        keep_apart(scope, request, actor="user:1")


@pytest.mark.usefixtures("household")
def test_one_more_is_asked_about_anew(scope, asked, send):
    request = keep_apart(scope, asked("u1"), actor="user:1")
    send({"type": "identify", "userId": "u3", "traits": {"phone": "+44 20 7946 0958"}})
    assert keep_apart(scope, request, actor="user:1")
