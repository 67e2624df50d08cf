"""A merge and a delivery lock messages before ways, so that neither waits for the other for ever."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone
from psycopg import Cursor

from journeys.intake.merging import merge
from journeys.models import Enrolment, Message
from tenants.db import tenant_connection

from .conftest import TRIGGER

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def sending(journey, template, shopper, happen, run):
    template()
    journey(TRIGGER, ("send", {"template": "hello"}))
    shopper()
    happen("Product Added")
    run()
    return Message.objects.get()


def merged(schema, gone, kept):
    try:
        with tenant_connection(schema), transaction.atomic():
            connection.ensure_connection()
            with Cursor(connection.connection) as cursor:
                merge(cursor, schema, [(gone, kept)], timezone.now())
    finally:
        connection.close()


def waits(cursor):
    cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
    return cursor.fetchone()[0]


def test_while_a_merge_waits_for_a_message_its_way_is_free(sending, scope):
    gone, kept = sending.profile_id, sending.profile_id + 1_000
    other = threading.Thread(target=merged, args=(scope.schema, gone, kept))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM journeys_message WHERE id = %s FOR UPDATE", [sending.pk])
        other.start()
        while not waits(cursor) and other.is_alive():
            time.sleep(0.02)
        held = "SELECT id FROM journeys_enrolment WHERE id = %s FOR UPDATE SKIP LOCKED"
        cursor.execute(held, [sending.enrolment_id])
        assert cursor.fetchall(), "the merge holds the way that the delivery would wake"
    other.join()
    assert Enrolment.objects.get().profile_id == Message.objects.get().profile_id == kept
