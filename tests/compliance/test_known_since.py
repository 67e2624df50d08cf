"""What is said of a person after they asked counts: how many shoppers are meant, and that of erasures there is one."""

from __future__ import annotations

import pytest

from compliance.requests import decide, verify
from compliance.requests.callbacks import document
from compliance.requests.problems import Refused

pytestmark = pytest.mark.usefixtures("db", "inside")
MAIL = "ada@shop.example"


def identify(user):
    return {"type": "identify", "userId": user, "traits": {"email": MAIL}}


def verified(scope, request):
    return verify.verify_by_hand(scope, request, method="document", note="seen", actor="user:0")


def test_the_status_counts_shoppers_as_of_now(scope, asked, send):
    request = asked(MAIL, kind="access", identity="email")
    assert document(scope, request)["matched_shoppers"] == 0
    send(identify("u1"))
    assert document(scope, request)["matched_shoppers"] == 1
    send(identify("guest-7"))
    status = document(scope, request)
    assert (status["matched_shoppers"], "2 different shoppers" in status["notice"]) == (2, True)


def test_after_the_approval_it_stays_what_was_approved(scope, approved, send):
    request = approved(MAIL, kind="access", identity="email")
    send(identify("u1"))
    assert document(scope, request)["matched_shoppers"] == 0


def test_a_second_erasure_that_came_before_its_names_were_known_is_not_verified(scope, asked, send):
    first, second = asked("u1"), asked(MAIL, identity="email")
    send(identify("u1"))
    with pytest.raises(Refused, match="open already") as refused:
        verified(scope, second)
    assert refused.value.extra == {"subject_request_id": str(first.pk)}
    assert verified(scope, first).status == "verified"


def test_nor_approved(scope, asked, send, officers):
    first, second = asked("u1"), asked(MAIL, identity="email")
    verified(scope, second)
    send(identify("u1"))
    with pytest.raises(Refused, match="open already"):
        decide.approve(scope, second, officers[0])
    decide.cancel(scope, first, actor="user:1")
    assert decide.approve(scope, second, officers[0]).status == "approved_once"
