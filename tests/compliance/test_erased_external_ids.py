"""Ids from other systems go with the person: those that joined, those that were refused, those on the list of nobody's."""

import pytest

from profiles.identity import settings
from profiles.identity.models import IdentityRules, Link
from profiles.models import Identifier
from profiles.privacy import identity
from profiles.subjects import resolve
from tenants.crypto import blind_index

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")


def with_ids(user, *ids):
    listed = [{"id": value, "type": kind, "collection": "users", "encoding": "none"} for kind, value in ids]
    return track(user, context={"externalIds": listed})


@pytest.fixture
def few(scope):
    """A shopper may have one crm_id, so a second one is refused."""
    assert settings.save(scope, {"kinds": {"crm_id": {"limit": 1}}}, actor="test")


def test_a_refused_id_is_the_persons_too(few, send, scope, performed):
    send(with_ids("u1", ("crm_id", "first-77")), with_ids("u1", ("crm_id", "second-78")), track("u2"))
    assert Link.objects.get(refused="limit")
    person = resolve(scope, [("user_id", "u1")])
    assert {("crm_id", "first-77"), ("crm_id", "second-78")} <= set(person.identifiers)
    assert performed("u1").outcome == "erased"
    assert not Link.objects.exists()
    gone = [blind_index(scope.tenant_id, "crm_id", value) for value in ("first-77", "second-78")]
    assert not Identifier.objects.filter(blind__in=gone).exists()


def test_a_households_number_stays_the_others(send, scope, performed):
    send(
        with_ids("u1", ("household", "H-12")),
        with_ids("u2", ("household", "H-12")),
        with_ids("u1", ("household", "H-99")),
    )
    person = resolve(scope, [("user_id", "u2")])
    assert ("household", "H-12") not in person.identifiers
    assert performed("u2").outcome == "erased"
    assert Link.objects.filter(a=blind_index(scope.tenant_id, "household", "H-12")) | Link.objects.filter(
        b=blind_index(scope.tenant_id, "household", "H-12")
    )


def test_a_browser_names_nobody_else(send, scope, publishable_key):
    send(with_ids("u1", ("crm_id", "somebodys-5")), key=publishable_key)
    assert ("crm_id", "somebodys-5") not in resolve(scope, [("user_id", "u1")]).identifiers


def test_a_value_listed_as_nobodys_goes_from_the_list(send, scope, performed):
    send({"type": "identify", "userId": "u1", "traits": {"email": "ada@shop.example"}})
    wanted = settings.checked(settings.Wanted({}, ("Ada@shop.example", "walk-in")))
    assert settings.save(scope, settings.document(scope, wanted, ["email"]), actor="test")
    assert settings.save(scope, {}, actor="test")
    person = resolve(scope, [("user_id", "u1")])
    assert identity.verify(person) > 0
    assert performed("u1").outcome == "erased"
    row = IdentityRules.objects.get()
    assert row.history[0]["definition"]["blocked"] == ["walk-in"]
    assert "ada@" not in str(row.history) + str(row.definition)
