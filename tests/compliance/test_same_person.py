"""A person has many names: requests under any of them belong together, are found by each, and never mix people unseen."""

from __future__ import annotations

import itertools

import pytest

from compliance.admin.requests import SubjectRequestAdmin
from compliance.models import SubjectRequest
from compliance.requests import decide, receive, verify
from compliance.requests.marks import siblings
from compliance.requests.problems import Refused
from tenants.console import tenant_site
from tenants.db import tenant_connection
from tenants.keys import create_key

pytestmark = pytest.mark.usefixtures("db", "inside")

NAMES = [("user_id", "u1"), ("anonymous_id", "a-u1"), ("email", "One@shop.example")]


@pytest.fixture
def lives(send):
    for user in ("u1", "u2"):
        send(
            {"type": "track", "event": "Product Viewed", "anonymousId": f"a-{user}"},
            {"type": "identify", "userId": user, "anonymousId": f"a-{user}"},
        )
    send({"type": "identify", "userId": "u1", "traits": {"email": "one@shop.example"}})


@pytest.fixture
def search(rf, tenant):
    def found(term):
        request = rf.get("/")
        request.tenant = tenant
        page = SubjectRequestAdmin(SubjectRequest, tenant_site)
        return list(page.get_search_results(request, SubjectRequest.objects.all(), term)[0])

    return found


@pytest.mark.usefixtures("lives")
@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(NAMES, 2)))
def test_an_open_erasure_is_found_under_every_name(asked, first, second):
    opened = asked(first[1], identity=first[0])
    with pytest.raises(Refused) as refused:
        asked(second[1], identity=second[0])
    assert refused.value.extra == {"subject_request_id": str(opened.pk)}
    asked("u2")


@pytest.mark.usefixtures("lives")
def test_other_requests_of_the_person_are_shown(asked, performed):
    done = performed("a-u1", kind="access", identity="anonymous_id")
    now = asked("one@shop.example", identity="email")
    asked("u2")
    assert list(siblings(now)) == [done]


@pytest.mark.usefixtures("lives")
def test_a_closed_request_is_found_by_every_name_it_led_to(performed, search, rival):
    erased = performed("u1")
    for _, name in NAMES:
        assert search(name) == [erased]
    assert search("u2") == []
    assert not {bytes(m) for m in erased.subject_marks} & {bytes(b) for b in erased.subject_blinds}
    with tenant_connection(rival.schema_name):
        assert search("u1") == []


@pytest.fixture
def two(scope, lives, officers):
    request = receive.receive(
        scope, kind="access", identities=[("user_id", "u1"), ("anonymous_id", "a-u2")], actor="user:0"
    )
    return verify.verify_by_hand(scope, request, method="account", note="signed in", actor="user:0")


def test_two_shoppers_are_approved_knowingly_only(scope, two, officers):
    assert two.shoppers == 2
    with pytest.raises(Refused, match="2 different shoppers"):
        decide.approve(scope, two, officers[0])
    two.refresh_from_db()
    assert two.status == "verified"
    assert decide.approve(scope, two, officers[0], several=True).status == "approved"


def test_the_status_says_how_many_shoppers_are_meant(two, asked, api, tenant):
    reader = api(create_key(tenant=tenant, kind="secret", name="r", scopes=["privacy:read"])[1])
    status = reader.get(f"/v1/opendsr/requests/{two.pk}").json()
    assert (status["matched_shoppers"], "2 different shoppers" in status["notice"]) == (2, True)
    one = reader.get(f"/v1/opendsr/requests/{asked('u1').pk}").json()
    assert (one["matched_shoppers"], "notice" in one) == (1, False)
