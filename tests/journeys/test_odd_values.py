"""What events may carry and Postgres or JSON can't: no message, and no other one, is held up by it."""

import pytest

from journeys.models import Enrolment, Message
from profiles.models import DeadLetter

from .conftest import TRIGGER, opened

SEND = ("send", {"template": "hello"})
ITEMS = "<p>{% for i in event.items %}{{ i.title }}{% endfor %}{{ event.properties.huge }}</p>"


@pytest.fixture
def two(template, journey, shopper):
    template(html=ITEMS)
    journey(TRIGGER, SEND)
    shopper("u1")
    shopper("u2")


def test_a_nul_in_an_items_number_holds_up_nobody(two, happen, run, deliver):
    happen("Product Added", user="u1", properties={"product_id": "a\x00b"})
    happen("Product Added", user="u2", properties={"product_id": "i1"})
    run()
    deliver()
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_a_query_that_one_message_breaks_is_its_own_failure(two, happen, run, deliver, monkeypatch):
    from django.db import connection

    from journeys.delivery import compose

    real = compose.Composer.compose

    def breaks(self, message, *rest):
        if message.profile_id == Message.objects.order_by("pk").first().profile_id:
            connection.cursor().execute("SELECT 1/0")
        return real(self, message, *rest)

    monkeypatch.setattr(compose.Composer, "compose", breaks)
    happen("Product Added", user="u1", properties={"product_id": "i1"})
    happen("Product Added", user="u2", properties={"product_id": "i1"})
    run()
    deliver()
    assert list(Message.objects.order_by("pk").values_list("state", "reason")) == [
        ("delayed", "the message could not be made (DataError)"),
        ("sent", ""),
    ]


def test_a_number_beyond_64_bits_begins_a_journey(two, happen, scope):
    happen("Product Added", user="u1", properties={"product_id": "i1", "huge": 2**70})
    assert not DeadLetter.objects.exists()
    way = Enrolment.objects.get()
    assert opened(scope, way.context, way.unit)["properties"]["huge"] == str(2**70)
