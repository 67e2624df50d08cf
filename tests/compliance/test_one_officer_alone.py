"""One member of staff alone can't hand out anybody's data: neither by widening a request nor by opening its link."""

from __future__ import annotations

import pytest

from compliance.requests import decide, verify
from compliance.requests.addresses import join_others
from compliance.requests.problems import Refused
from tenants import audit
from tenants.db import tenant_connection

pytestmark = pytest.mark.usefixtures("db", "inside")
HOST = {"host": "alpha.localhost"}
MAIL = "ada@shop.example"


@pytest.fixture
def household(send):
    for user in ("u1", "u2"):
        send({"type": "identify", "userId": user, "traits": {"phone": "+44 20 7946 0958"}})
    send({"type": "identify", "userId": "u1", "traits": {"email": MAIL}})


@pytest.fixture
def link(scope, asked, household):
    """(the request, the token that was mailed)."""
    request, tokens = asked("u1", kind="access"), []
    verify.mail_link(scope, request, lambda token: tokens.append(token) or token, actor="user:0")
    request.refresh_from_db()
    return request, tokens[0]


def test_who_joins_others_starts_the_verification_again(scope, link, officers):
    request, token = link
    verify.confirm_link(scope, token)
    joined = join_others(scope, request, actor=audit.staff(officers[0]))
    assert (joined.status, joined.verification, joined.verified_by) == ("received", "", "")
    assert (joined.link_nonce, joined.link_mailed_to, joined.verified_at) == ("", "", None)
    with pytest.raises(Refused, match="Nobody has verified"):
        decide.approve(scope, joined, officers[1], several=True)


def test_a_link_that_was_out_is_void_after_joining(scope, link):
    request, token = link
    join_others(scope, request, actor="user:1")
    with pytest.raises(Refused, match="used or replaced"):
        verify.confirm_link(scope, token)


def test_who_joined_others_does_not_hand_out_their_data(scope, asked, household, officers):
    first, second = officers
    request = join_others(scope, asked("u1", kind="access"), actor=audit.staff(first))
    verify.verify_by_hand(scope, request, method="account", note="both", actor=audit.staff(second))
    with pytest.raises(Refused, match="You said that other shoppers are the person too"):
        decide.approve(scope, request, first, several=True)
    with pytest.raises(Refused, match="You verified"):
        decide.approve(scope, request, second, several=True)


def test_who_handed_a_link_over_does_not_approve(scope, asked, officers):
    first, second = officers
    request = asked("u1", kind="access")
    token = verify.make_link(scope, request, actor=audit.staff(first))
    request = verify.confirm_link(scope, token)
    assert (request.verification, request.verified_by) == ("link", audit.staff(first))
    with pytest.raises(Refused, match="You made the link"):
        decide.approve(scope, request, first)
    assert decide.approve(scope, request, second).status == "approved"


def test_who_had_it_mailed_approves(scope, asked, send, officers):
    send({"type": "identify", "userId": "u1", "traits": {"email": MAIL}})
    request, tokens = asked("u1", kind="access"), []
    actor = audit.staff(officers[0])
    verify.mail_link(scope, request, lambda token: tokens.append(token) or token, actor=actor)
    request = verify.confirm_link(scope, tokens[0])
    assert request.verified_by == "subject"
    assert decide.approve(scope, request, officers[0]).status == "approved"


def test_a_link_to_hand_over_after_a_mailed_one_is_ones_word(scope, link, officers):
    request, _ = link
    token = verify.make_link(scope, request, actor=audit.staff(officers[0]))
    assert verify.confirm_link(scope, token).verified_by == audit.staff(officers[0])


def test_a_request_that_leads_to_more_since_its_link_was_opened_is_not_approved(scope, asked, send, officers):
    send({"type": "identify", "userId": "u1", "traits": {"email": MAIL}})
    request, tokens = asked(MAIL, kind="access", identity="email"), []
    verify.mail_link(scope, request, lambda token: tokens.append(token) or token, actor="user:0")
    request = verify.confirm_link(scope, tokens[0])
    send({"type": "identify", "userId": "guest-7", "traits": {"email": MAIL}})
    with pytest.raises(Refused, match="by now these names lead to 2"):
        decide.approve(scope, request, officers[0], several=True)


@pytest.mark.parametrize("how", ["get", "post"])
def test_a_browser_in_which_staff_are_signed_in_confirms_nothing(client, tenant, link, officers, how):
    request, token = link
    client.force_login(officers[0], "django.contrib.auth.backends.ModelBackend")
    answer = getattr(client, how)(f"/privacy/verify/{token}", headers=HOST)
    assert (answer.status_code, "signed in as staff" in answer.content.decode()) == (403, True)
    with tenant_connection(tenant.schema_name):
        request.refresh_from_db()
    assert request.status == "verifying"
