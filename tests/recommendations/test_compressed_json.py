"""A trace takes little room and comes back as it was; traces of before are still read."""

import pytest
from django.db import connection
from django.utils import timezone

from recommendations.models import Decision

pytestmark = pytest.mark.usefixtures("inside")
TRACE = {"items": [{"item_id": f"i{n}", "reason": "Füße", "score": 0.25} for n in range(50)], "stages": []}


def test_a_document_comes_back_as_it_was():
    made = Decision.objects.create(at=timezone.now(), placement="home", trace=TRACE)
    assert Decision.objects.get(pk=made.pk).trace == TRACE


def test_it_takes_little_room():
    Decision.objects.create(at=timezone.now(), placement="home", trace=TRACE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT octet_length(trace) FROM recommendations_decision")
        assert cursor.fetchone()[0] < 600


def test_what_was_written_plain_is_read():
    made = Decision.objects.create(at=timezone.now(), placement="home")
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE recommendations_decision SET trace = convert_to('{"a": "ü"}'::jsonb::text, 'UTF8')"""
        )
    assert Decision.objects.get(pk=made.pk).trace == {"a": "ü"}
