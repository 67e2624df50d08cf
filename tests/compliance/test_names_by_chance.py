"""A name that stands in somebody else's text, by chance or on purpose, is said and holds no erasure up."""

import uuid

import orjson
import pytest
from django.template.loader import render_to_string

from catalog.models import Item
from compliance import logs
from compliance.admin.request_page import progress_of
from compliance.erasure.search import search
from compliance.matching import Needles
from compliance.models import Callback, Receipt
from compliance.registry import Person
from compliance.requests import perform
from journeys.models import EventName
from journeys.services.drafts import create_journey
from profiles.models import DeadLetter, Event, Interaction, Profile
from tenants.workspace.models import User

from .conftest import track

pytestmark = pytest.mark.usefixtures("db", "inside")
NUMBER, MAIL = "10023456", "ada@shop.example"


def person(scope, *values):
    return Person(scope, identifiers=tuple(("user_id", value) for value in values))


@pytest.fixture
def lives(send):
    send(
        {"type": "identify", "userId": NUMBER, "traits": {"email": MAIL}},
        track(NUMBER, anonymousId="a-device-1"),
    )


def elsewhere(request):
    return orjson.loads(Receipt.objects.get(request=request).document)["rescan"]["elsewhere"]


def test_an_article_number_that_holds_the_id_is_no_name(lives, performed):
    Item.objects.create(external_id="4100234567890", title="Tea 4100234567890")
    assert elsewhere(performed(NUMBER)) == {}


def test_a_product_that_is_called_so_is_said(lives, performed):
    Item.objects.create(external_id="p-9", title=f"A shirt that says {MAIL}")
    assert elsewhere(performed(NUMBER)) == {"catalog_item.title": 1}


def test_the_officer_and_the_receipts_reader_are_told_where(lives, performed, client):
    Item.objects.create(external_id="p-9", title=f"A shirt that says {MAIL}")
    request = performed(NUMBER)
    page = render_to_string("console/privacy/progress.html", {"found": request, **progress_of(request)})
    assert "Item: title (1)" in page
    public = client.get(f"/receipts/{request.receipt.pk}", headers={"host": "alpha.localhost"})
    assert "Also found in texts that are not the person" in public.content.decode()


def test_staff_who_shop_here_stay(lives, performed):
    User.objects.create_user("ada", MAIL, "correct horse battery")
    assert elsewhere(performed(NUMBER)) == {}
    assert User.objects.filter(email=MAIL).exists()


def test_the_senders_own_address_may_hold_the_id(lives, approved, scope):
    request = approved(NUMBER)
    Callback.objects.create(request=request, url="https://x.example/customers/a-device-1")
    assert perform.perform(scope, request.pk)


def test_an_event_named_after_them_is_forgotten_and_its_sender_stays(lives, send, performed, publishable_key):
    send(
        track(None, MAIL, anonymousId="somebody", properties={"product_id": MAIL}),
        key=publishable_key,
    )
    assert EventName.objects.filter(name=MAIL).exists()
    request = performed(NUMBER)
    assert request.status == "completed"
    assert not EventName.objects.filter(name=MAIL).exists()
    assert Event.objects.count() == 1


def test_an_item_that_only_the_person_named_goes(lives, send, performed):
    send(track(NUMBER, properties={"product_id": MAIL}))
    assert Item.objects.get(external_id=MAIL).status == "unlisted"
    assert elsewhere(performed(NUMBER)) == {}
    assert not Item.objects.filter(external_id=MAIL).exists()


def test_an_item_that_somebody_else_looked_at_stays_and_is_said(lives, send, performed):
    send(track("u2", properties={"product_id": MAIL}))
    said = elsewhere(performed(NUMBER))
    assert said == {"catalog_item.external_id": 1, "catalog_item.title": 1}
    assert Interaction.objects.count() == 1


def test_what_staff_drew_is_said(lives, performed):
    nodes = [{"key": "a", "type": "event_trigger", "config": {"event": MAIL}}]
    create_journey("J", actor="test", graph={"nodes": nodes, "edges": [], "settings": {}})
    assert elsewhere(performed(NUMBER)) == {"journeys_journey.draft": 1}


def test_a_dead_letter_of_somebody_else_stays(lives, send, performed):
    send({"type": "track", "userId": "u2", "properties": {"ean": "4100234567890"}})
    assert DeadLetter.objects.count() == 1
    performed(NUMBER)
    assert DeadLetter.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"ean": "4100234567890"}', False),
        ('{"user": "10023456"}', True),
        ('{"user": 10023456}', True),
        ('{"note": "call 10023456 back"}', False),
        ('{"note": "mail ada@shop.example."}', True),
        ('{"note": "mail\\nada@shop.example"}', True),
        ('{"note": "granada@shop.example"}', False),
        ('{"link": "/?u=%3Dada%40x&m=%20ada@shop.example"}', True),
        ('{"userId": "42"}', True),
        ('{"amount": "42"}', False),
    ],
)
def test_what_a_document_names(scope, text, named):
    assert Needles.of(person(scope, NUMBER, MAIL, "42")).in_json(text.encode()) is named


def test_a_log_line_keeps_numbers_that_only_hold_the_id(scope, tmp_path):
    (tmp_path / "log").mkdir()
    file = tmp_path / "log" / "web.log"
    file.write_text('{"user": "10023456", "ean": "4100234567890", "mail": "ada@shop.example"}\n')
    assert logs.erase(person(scope, NUMBER, MAIL)) == 2
    assert file.read_text() == '{"user": "********", "ean": "4100234567890", "mail": "****************"}\n'


def test_a_hash_or_number_of_the_person_in_any_store_is_a_hit(lives, scope):
    mark, number = b"m" * 16, uuid.uuid4()
    found = search(scope, Person(scope, blinds=(mark,), uuids=(number,)))
    assert (found.hits, found.elsewhere) == ({}, {})
    DeadLetter.objects.create(handle=mark, payload=b"", reason="bad", detail=f"of {number}")
    found = search(scope, Person(scope, blinds=(mark,), uuids=(number,)))
    assert found.hits == {"profiles_deadletter.handle": 1, "profiles_deadletter.detail": 1}


def test_the_hash_of_a_shared_address_in_the_others_row_is_theirs(lives, send, approved, scope):
    request = approved(NUMBER)
    send({"type": "identify", "userId": "u2", "traits": {"email": MAIL}})
    assert perform.perform(scope, request.pk)
    assert Profile.objects.count() == 1
