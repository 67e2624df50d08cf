"""An erasure from the request to the receipt: everything of the person goes, nothing of anybody else."""

import orjson
import pytest
from django.db import connection

from compliance.erasure.receipt import check, exported
from compliance.models import Receipt
from compliance.registry import stores
from compliance.requests import decide
from compliance.requests.contact import answered
from compliance.requests.problems import Refused
from compliance.requests.subject import open_subject
from profiles.models import Event, Identifier, Interaction, Profile
from profiles.processing.batches import run_once
from profiles.selectors import find_profile
from tenants import keyring
from tenants.db import tenant_connection
from tenants.models import PersonKey

from .conftest import make_officer, track

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def two_lives(send, inside):
    for user in ("u1", "u2"):
        send(
            {
                "type": "identify",
                "userId": user,
                "anonymousId": f"a-{user}",
                "traits": {"email": f"{user}@shop.example"},
            },
            track(user, anonymousId=f"a-{user}"),
            track(user, "Order Completed", properties={"products": [{"product_id": "p1", "price": 3}]}),
        )


def test_everything_of_the_person_goes_and_nothing_of_others(two_lives, performed, scope, tenant):
    before = PersonKey.objects.filter(tenant=tenant).count()
    request = performed("u1")
    assert (request.status, request.outcome) == ("completed", "erased")
    assert find_profile(scope, "user_id", "u1") is None
    other = find_profile(scope, "user_id", "u2")
    assert {Profile.objects.get(), *(i.profile for i in Identifier.objects.exclude(profile=None))} == {other}
    assert set(Event.objects.values_list("profile_id", flat=True)) == {other.pk}
    assert set(Interaction.objects.values_list("profile_id", flat=True)) == {other.pk}
    # Three of the person's (user id, visitor, profile); the request's own came and went, and so does that of the answer.
    answered(scope, request, actor="user:1")
    assert before - PersonKey.objects.filter(tenant=tenant).count() == 3


def test_the_receipt_lists_every_store_and_can_be_checked(two_lives, performed, tenant, rival):
    request = performed("u1")
    receipt = Receipt.objects.get(request=request)
    document = orjson.loads(receipt.document)
    listed = {part["name"]: part for part in document["stores"]}
    assert set(listed) == {store.name for store in stores()}
    assert listed["Events"]["erased"] == 3
    assert listed["What was viewed and bought"]["erased"] == 2
    assert {part["remaining"] for part in listed.values()} == {0}
    assert document["keys_destroyed"] == 3
    assert document["identifiers_refused_from_now_on"] == 3  # the address too, by which they might come again
    assert "planned for" in listed["Trained models"]["note"]
    assert document["rescan"]["hits"] == 0
    assert document["rescan"]["tables"] > 20
    file = orjson.dumps(exported(receipt, tenant.pk))
    assert check(tenant.pk, file).holds
    assert not check(rival.pk, file).holds


@pytest.mark.parametrize(
    "change", [("stores", 0, "erased"), ("keys_destroyed",), ("issued_at",), ("subject_digest",)]
)
def test_a_changed_receipt_fails(two_lives, performed, tenant, change):
    receipt = Receipt.objects.get(request=performed("u1"))
    file = exported(receipt, tenant.pk)
    place = file["receipt"]
    *way, last = change
    for part in way:
        place = place[part]
    place[last] = 77
    assert not check(tenant.pk, orjson.dumps(file)).holds


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"receipt": 1, "signature": "x"}', '{"receipt": {}, "signature": ""}']
)
def test_what_is_no_receipt_says_so(tenant, text):
    verdict = check(tenant.pk, text)
    assert not verdict.holds
    assert verdict.reason


def test_late_events_are_refused(two_lives, performed, send):
    performed("u1")
    answer = send(track("u1"), track(None, anonymousId="a-u1"), track("u2")).json()
    assert (answer["accepted"], answer["suppressed"]) == (1, 2)
    assert Profile.objects.count() == 1


def test_who_comes_back_is_accepted_when_an_officer_says_so(two_lives, performed, scope, send, officers):
    request = performed("u1")
    with pytest.raises(Refused, match="You may not"):
        decide.accept_again(scope, request, make_officer("third", "marketer"), reason="customer")
    with pytest.raises(Refused, match="Say why"):
        decide.accept_again(scope, request, officers[0], reason="")
    assert send(track("u1")).json()["suppressed"] == 1
    assert decide.accept_again(scope, request, officers[0], reason="customer") > 3
    request.refresh_from_db()
    assert (request.accepted_by, request.accepted_reason) == (f"user:{officers[0].pk}", "customer")
    assert send(track("u1")).json()["accepted"] == 1
    assert find_profile(scope, "user_id", "u1")
    with pytest.raises(Refused):
        decide.accept_again(scope, request, officers[0], reason="customer")


def test_events_that_waited_in_the_queue_go_too(two_lives, performed, send):
    send(track("u1"), process=False)
    performed("u1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM profiles_eventqueue")
        assert cursor.fetchone() == (0,)
    assert not Event.objects.filter(profile_id=None).exists()


def test_whom_it_was_about_can_not_be_read_afterwards(two_lives, performed, scope):
    request = performed("u1")
    assert open_subject(scope, request) is None
    assert (bytes(request.subject_sealed), bytes(request.person_sealed), request.subject_blinds) == (
        b"",
        b"",
        [],
    )


def test_an_unknown_person_is_answered_with_a_receipt_and_not_refused_later(two_lives, performed, send):
    request = performed("nobody-here")
    assert request.outcome == "nothing_held"
    document = orjson.loads(request.receipt.document)
    assert document["outcome"] == "nothing_held"
    assert document["looked_for_as"] == ["anonymous_id", "user_id"]
    assert send(track("nobody-here")).json()["accepted"] == 1


def test_found_by_an_address_that_only_the_traits_hold(two_lives, performed, scope):
    request = performed("U1@shop.example", identity="email")
    assert request.outcome == "erased"
    assert find_profile(scope, "user_id", "u1") is None
    assert find_profile(scope, "user_id", "u2")


def test_another_tenants_shopper_of_the_same_name_stays(two_lives, performed, tenant, rival, api, rival_key):
    def buy():
        return api(rival_key).post(
            "/v1/track", {"userId": "u1", "event": "X"}, content_type="application/json"
        )

    buy()
    theirs = keyring.scope_of_tenant(rival)
    with tenant_connection(rival.schema_name):
        run_once(theirs)
    with tenant_connection(tenant.schema_name):
        performed("u1")
    with tenant_connection(rival.schema_name):
        assert find_profile(theirs, "user_id", "u1")
    assert buy().json()["accepted"] == 1
