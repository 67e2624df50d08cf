"""Of the addresses to answer to, those that are on file are told from what was only asked with."""

from __future__ import annotations

import pytest

from compliance.requests import decide, perform, receive, verify
from compliance.requests.contact import answers_of

pytestmark = pytest.mark.usefixtures("db", "inside")
MAIL, ASKED = "ada@shop.example", "somebody@elsewhere.example"


@pytest.mark.parametrize("kind", ["access", "erasure"])
def test_what_was_on_file_comes_first_and_is_said_to_be(scope, send, performed, kind):
    send({"type": "identify", "userId": "u1", "traits": {"email": MAIL, "phone": "+44 20 7946 0958"}})
    request = performed("u1", kind=kind)
    assert {answer.on_file for answer in answers_of(scope, request)} == {True}


def test_an_address_nobody_said_of_them_is_not_on_file(scope, send, officers):
    send({"type": "identify", "userId": "u1", "traits": {"email": MAIL}})
    request = receive.receive(
        scope, kind="access", identities=[("user_id", "u1"), ("email", ASKED)], actor="user:0"
    )
    verify.verify_by_hand(scope, request, method="account", note="signed in", actor="user:0")
    decide.approve(scope, request, officers[0])
    assert perform.perform(scope, request.pk)
    request.refresh_from_db()
    assert [(a.value, a.on_file) for a in answers_of(scope, request)] == [(MAIL, True), (ASKED, False)]
