"""No name of an erased person comes back: not as another kind of id, not as somebody's trait, not as an address."""

import orjson
import pytest
from django.db import connection
from django.utils import timezone

from compliance.consent import Choice
from compliance.suppression import suppressed
from profiles.consents import ErasedShopper, set_consent
from profiles.history import import_traits
from profiles.history.identifiers import attach_identifiers
from profiles.history.shoppers import ensure_profiles
from profiles.models import Identifier, Profile
from profiles.privacy.events import opened
from profiles.selectors import find_profile, identifiers_of, traits_of
from profiles.subjects import resolve
from tenants.crypto import blind_index

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")
MAIL, PHONE = "Ada@shop.example", "+44 20 7946 0958"


@pytest.fixture
def erased(send, performed):
    """u1, who was also visitor 88 and wrote an address and a number, is gone; u2 stays."""
    traits = {"email": MAIL, "phone_number": PHONE}
    send(
        {"type": "identify", "userId": "u1", "anonymousId": "88", "traits": traits},
        track("u1"),
        {"type": "identify", "userId": "u2", "traits": {"email": "bo@shop.example"}},
    )
    assert performed("u1").outcome == "erased"


def names(scope):
    return sorted(i["value"] for p in Profile.objects.all() for i in identifiers_of(scope, p))


def texts(scope, user):
    """Everything that is kept of the user, readable."""
    person = resolve(scope, [("user_id", user)])
    stored = [event for _, _, event in opened(person)]
    traits = [traits_of(scope, p) for p in Profile.objects.filter(pk__in=person.profile_ids)]
    return orjson.dumps([stored, traits]).decode()


@pytest.mark.parametrize("previous", ["u1", "88", " u1 ", MAIL])
def test_an_alias_does_not_attach_them(erased, send, scope, previous):
    send({"type": "alias", "previousId": previous, "userId": "u2"})
    assert names(scope) == ["u2"]
    assert f'"{previous}"' not in texts(scope, "u2")


def test_an_alias_that_waited_does_not_either(send, scope, performed):
    send(track("u1"))
    send({"type": "alias", "previousId": "u1", "userId": "u3"}, process=False)
    performed("u1")
    send(track("u2"))
    assert "u1" not in names(scope)


@pytest.mark.parametrize(
    "who",
    [{"userId": "88"}, {"anonymousId": "u1"}, {"userId": MAIL}, {"userId": MAIL.upper()}, {"userId": "  u1\t"},
     {"anonymousId": "ada@shop.example"}, {"userId": PHONE}],
)  # fmt: skip
def test_they_make_no_shopper_under_another_kind(erased, send, scope, who):
    send(track(**{"user": None, **who}))
    assert names(scope) == ["u2"]


@pytest.mark.parametrize(
    "who",
    [{"userId": "ADA@shop.EXAMPLE "}, {"anonymousId": "ADA@SHOP.EXAMPLE"}, {"userId": "+442079460958"},
     {"userId": "0044 20 7946 0958"}],
)  # fmt: skip
def test_the_door_counts_them_however_they_are_written(erased, send, cursor, who):
    cursor.execute("SELECT count(*) FROM profiles_messagekey")
    before = cursor.fetchone()
    answer = send(track(**{"user": None, **who}), track("u2"), process=False).json()
    assert (answer["accepted"], answer["suppressed"], answer["duplicates"]) == (1, 1, 0)
    cursor.execute("SELECT count(*) FROM profiles_messagekey")
    assert cursor.fetchone() == (before[0] + 1,)


def test_what_the_door_can_not_take_is_not_kept_either(erased, send, cursor):
    bad = {"properties": "text"}
    send(track(MAIL.upper(), **bad), track(None, anonymousId="\u200bada@shop.example"), track("u2", **bad))
    cursor.execute("SELECT count(*) FROM profiles_deadletter")
    assert cursor.fetchone() == (1,)


@pytest.mark.parametrize("type_", ["identify", "track", "group"])
@pytest.mark.parametrize(
    "address", [MAIL, "ADA@SHOP.EXAMPLE ", PHONE, "+442079460958", "0044 20 79460958", 442079460958]
)
def test_an_address_is_nobodys_trait(erased, send, scope, type_, address):
    more = {"event": "x"} if type_ == "track" else {}
    traits = {"email": address, "city": "Bath", "ways": {"all": [address, "x"]}}
    send({"type": type_, "userId": "u2", "traits": traits, "context": {"traits": traits}, **more})
    kept = texts(scope, "u2")
    assert str(address) not in kept
    assert "Bath" in kept


def test_another_address_stays(erased, send, scope):
    send({"type": "identify", "userId": "u2", "traits": {"email": "cy@shop.example", "born": "1984-01-01"}})
    assert traits_of(scope, find_profile(scope, "user_id", "u2"))["email"] == "cy@shop.example"


def test_imports_leave_them_out(erased, scope):
    import_traits(scope, {"u2": {"email": MAIL, "city": "Bath"}, "88": {"city": "Rye"}})
    other = find_profile(scope, "user_id", "u2")
    assert traits_of(scope, other) == {"email": "bo@shop.example", "city": "Bath"}
    assert attach_identifiers(scope, "anonymous_id", {other.pk: "88"}) == 0
    assert names(scope) == ["u2"]


@pytest.mark.parametrize("written", [MAIL.upper(), " ada@shop.example", "+442079460958"])
def test_no_door_takes_them_written_otherwise(erased, send, scope, written):
    """Their address was a trait only; here it comes as a user id, by event, import and consent."""
    with pytest.raises(ErasedShopper):
        set_consent(scope, ("user_id", written), [Choice("marketing", "email", False)], actor="key:1")
    assert import_traits(scope, {written: {"city": "Rye"}}) == 0
    other = find_profile(scope, "user_id", "u2")
    assert attach_identifiers(scope, "phone" if "+" in written else "email", {other.pk: written}) == 0
    send(track(written))
    assert names(scope) == ["u2"]


def test_an_id_in_capitals_is_refused_at_every_door(send, performed, scope):
    send(track("ada@shop.example"), track("u2"))
    performed("ada@shop.example")
    other = find_profile(scope, "user_id", "u2")
    assert attach_identifiers(scope, "email", {other.pk: MAIL}) == 0
    assert ensure_profiles(scope, {MAIL: (timezone.now(),) * 2}) == {}
    with pytest.raises(ErasedShopper):
        set_consent(scope, ("anonymous_id", MAIL), [Choice("analytics", "", True)], actor="key:1")
    assert names(scope) == ["u2"]


def test_what_is_also_somebody_elses_name_stays_theirs(send, performed, scope):
    send(
        {"type": "identify", "userId": "u1", "anonymousId": "77"},
        {"type": "identify", "userId": "77", "traits": {"city": "Bath"}},
    )
    performed("u1")
    assert send(track("77")).json()["accepted"] == 1
    assert Identifier.objects.filter(blind=blind_index(scope.tenant_id, "user_id", "77")).exists()


def test_the_address_is_refused_under_its_own_kind(erased, scope, cursor):
    asked = {
        blind_index(scope.tenant_id, "email", "ada@shop.example"),
        blind_index(scope.tenant_id, "phone", "442079460958"),
    }
    assert suppressed(cursor, scope.schema, asked) == asked


def test_nothing_is_known_of_them_under_white_space(erased, send, scope):
    send(track(" u2 "))
    assert names(scope) == ["u2"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM profiles_profile")
        assert cursor.fetchone() == (1,)
